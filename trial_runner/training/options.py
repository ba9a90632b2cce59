"""Arguments that every component of torch takes beside its own; read without torch."""

from __future__ import annotations

from pathlib import Path

from trial_runner.arguments import Arguments
from trial_runner.components.declaration import Option
from trial_runner.errors import UsageError

# What a warm process imports before it forks trials of these components.
TORCH_PRELOAD = ("torch", "torch._dynamo", "pytorch_lightning", "trial_runner.training.preloaded")

DATA_FRACTION, FOLDS_USED = "data_fraction", "folds_used"

TORCH_OPTIONS = (
    Option("device", "auto", "where to train; auto takes a GPU where there is one",
           ("auto", "cpu", "cuda")),
    Option("precision", "auto", "of the arithmetic; auto takes bf16 on a GPU that has it, else "
           "16, and 32 on a CPU", ("auto", "32", "16", "bf16")),
    Option("deterministic", "false", "only algorithms that repeat exactly, also on a GPU",
           ("true", "false")),
    Option("compile", "false", "torch.compile, worth its start on a GPU", ("true", "false")),
    Option("resume_from", "", "checkpoint file to go on from"),
    Option(DATA_FRACTION, "1", "share of each fold's training rows that is used, above 0 to 1; "
           "can be the budget of hyperband and asha"),
    Option(FOLDS_USED, "", "how many of the folds are trained; default: all; can be the budget",
           at_least=1),
)  # fmt: skip

MISSING_CLASSES = Option(
    "missing_classes", "refuse", "what to do where a fold lacks a class: refuse to train, or "
    "allow it, as where few persons show one; it is then not scored there", ("refuse", "allow"),
)  # fmt: skip


def patience_option(objective: str, epochs: int = 10) -> Option:
    """Return the option by which a training without gain ends."""
    told = f"epochs without a better {objective} before training stops"
    return Option("patience", str(epochs), told, at_least=1)


def data_fraction(arguments: Arguments) -> float:
    """Return the share of training rows.

    Raises:
        UsageError: It is no number above 0 to 1.
    """
    text = arguments.options[DATA_FRACTION]
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise UsageError(f"--{DATA_FRACTION} is {text!r}; allowed is a number above 0 to 1")
    return share


def folds_used(arguments: Arguments, folds: int) -> int:
    """Return how many folds are trained.

    Raises:
        UsageError: More than there are.
    """
    text = arguments.options[FOLDS_USED]
    if text and int(text) > folds:
        raise UsageError(f"--{FOLDS_USED} is {text}, but --folds is {folds}")
    return int(text) if text else folds


def resume_from(arguments: Arguments) -> Path | None:
    """Return the checkpoint to go on from."""
    text = arguments.options["resume_from"]
    return Path(text).expanduser() if text else None
