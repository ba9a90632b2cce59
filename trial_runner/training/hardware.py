"""What a training runs on, and in which precision."""

from __future__ import annotations

from typing import NamedTuple

import torch

from trial_runner.errors import TrialError, UsageError

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "32", "16", "bf16")


class Hardware(NamedTuple):
    """Where a training runs.

    Attributes:
        accelerator: Lightning's name of it, `cpu` or `cuda`.
        precision: Lightning's name: `32-true`, `16-mixed` or `bf16-mixed`.
    """

    accelerator: str
    precision: str


def choose_hardware(device: str, precision: str) -> Hardware:
    """Return where to train and how exactly.

    `auto` takes a GPU where there is one, and there bf16, or 16 bits where the chip has no bf16;
    on a CPU 32 bits.

    Raises:
        UsageError: A GPU is asked for and there is none, or 16 bits on a CPU.
    """
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise UsageError(
            "--device is 'cuda', but there is no GPU that torch can use here; take "
            "--device=auto or cpu, or ask for nvidia.com/gpu in the trial template"
        )
    accelerator = "cuda" if has_gpu and device != "cpu" else "cpu"
    if precision == "auto":
        precision = "32" if accelerator == "cpu" else _of_gpu()
    if precision == "16" and accelerator == "cpu":
        raise UsageError("--precision is '16', which a CPU cannot train in; take bf16 or 32")
    return Hardware(accelerator, "32-true" if precision == "32" else f"{precision}-mixed")


def out_of_memory(error: RuntimeError, batch_size: int) -> TrialError | None:
    """Return what to tell of an error that says that memory ran out; None of any other."""
    text = str(error)
    if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in text:
        return None
    where = "GPU" if isinstance(error, torch.OutOfMemoryError) else "machine"
    return TrialError(
        f"the {where} has not enough memory for batches of {batch_size}: lower --batch_size "
        "(more --accumulate keeps the step's size, where the component has it), the number of "
        "folds trained side by side, or the network's width; or take --precision=bf16"
    )


def _of_gpu() -> str:
    return "bf16" if torch.cuda.is_bf16_supported() else "16"
