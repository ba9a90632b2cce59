"""Train a LightningModule as a trial: metric lines, patience, checkpoints, clear ends.

A run that is cut in two equals the uncut one, because every epoch starts from a seed of its own:
what is drawn depends on the seed and the epoch alone, and the rest is in the checkpoint.
"""

from __future__ import annotations

import logging
import random
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trial_runner.errors import TrialError, UsageError
from trial_runner.reporting import is_first_process, report
from trial_runner.training.hardware import choose_hardware, out_of_memory
from trial_runner.training.lightning_callbacks import (
    CheckpointHooks,
    Direction,
    MetricLineHooks,
    Progress,
    Tell,
)
from trial_runner.training.lightning_checkpoints import (
    FileCheckpoints,
    SeriesCheckpoints,
    Start,
    as_file,
    last_epoch,
    progress_of,
    read_lightning,
    state_of,
)
from trial_runner.training.lineage import Lineage
from trial_runner.training.processes import local_gpu

_NOT_THE_USERS = (r".*treespec", r".*does not have many workers")


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How `fit` trains; see `FitSettings` for those of the same name.

    Attributes:
        max_epochs: Passes through the training data at most.
        objective: The logged metric by which an epoch is the best.
        direction: Which value of it is better.
        shown: Metrics of an epoch's line; all logged ones where absent.
        patience: Epochs without a better objective before training stops.
        seed: Of everything that is drawn.
        checkpoint: File that is gone on from where it is there, and that is left behind.
        lineage: Series of checkpoints instead of a file; higher rungs and children find it.
        resume_from: File that must be gone on from, of this or another run.
        device: `auto`, `cpu` or `cuda`.
        precision: `auto`, `32`, `16` or `bf16`.
        is_deterministic: Whether only algorithms that repeat exactly are used.
        gradient_clip: Largest norm of the gradient; 0 clips nothing.
        accumulate: Batches whose gradients make one step.
        batch_size: For the message where memory runs out.
        kept: Texts and numbers that the checkpoint keeps beside the training.
    """

    max_epochs: int
    objective: str = "val_loss"
    direction: Direction = "minimize"
    shown: Sequence[str] | None = None
    patience: int | None = None
    seed: int = 0
    checkpoint: Path | None = None
    lineage: Lineage | None = None
    resume_from: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    is_deterministic: bool = False
    gradient_clip: float = 0.0
    accumulate: int = 1
    batch_size: int = 0
    kept: Mapping[str, str] | None = None


def fit(
    module: Any,
    training: Iterable[Any],
    validation: Iterable[Any] | None,
    options: FitOptions,
    tell: Tell = report,
) -> Progress:
    """Train a LightningModule; return what it reported, with the best epoch.

    Args:
        module: Of `pytorch_lightning` or `lightning.pytorch`; it logs the objective.
        training: Batches, the same number every epoch; a DataLoader or any other iterable.
        validation: Batches; None where the module logs the objective in training.
        options: How to train.
        tell: Told `epoch` and the metrics of every epoch; prints a metric line where absent.

    Raises:
        TrialError: The training diverged, memory ran out, or a checkpoint does not fit.
        UsageError: The hardware or the checkpoint asked for is not there.
    """
    package = lightning_package(module)
    hooks = metric_lines(
        module, options.objective, options.direction, options.shown, options.patience, tell
    )
    kept = _checkpoints(options)
    start = _start(module, options, kept)
    past = start.past
    last = last_epoch(options.max_epochs, past.start if past else 0)
    if past is not None and past.is_over(last, options.patience):
        hooks.progress = past
        hooks.on_train_start(None, None)
        return past
    seed_everything(options.seed, 0)
    trainer = _trainer(package, options, hooks, last)
    if kept is not None and is_first_process():
        _keep(package, trainer, kept, hooks, options)
    if isinstance(validation, list):
        validation = _Batches(validation)
    batches = EpochSeeded(training, options.seed, trainer)
    with _known_errors(options), warnings.catch_warnings(), as_file(start.state) as path:
        for text in _NOT_THE_USERS:
            warnings.filterwarnings("ignore", text)
        trainer.fit(module, batches, validation, ckpt_path=path, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    progress: Progress = hooks.progress
    if kept is not None and is_first_process():
        kept.save(state_of(trainer, options.kept), progress)
    return progress


class _Batches:
    """Batches that are all there; of a list, Lightning would take each item for a loader."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._batches)


class EpochSeeded:
    """Batches before whose first everything is seeded by the epoch."""

    def __init__(self, batches: Iterable[Any], seed: int, trainer: Any) -> None:
        """Wrap batches of a trainer's training."""
        self._batches, self._seed, self._trainer = batches, seed, trainer

    def __len__(self) -> int:
        """Number of batches of an epoch."""
        return len(self._batches)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        """Seed, then begin an epoch."""
        epoch = int(self._trainer.current_epoch)
        seed_everything(self._seed, epoch + 1)
        if hasattr(self._batches, "set_epoch"):
            self._batches.set_epoch(epoch)
        return iter(self._batches)


def seed_everything(seed: int, epoch: int) -> None:
    """Seed torch, numpy and Python by a trial's seed and an epoch."""
    drawn = np.random.SeedSequence([seed, epoch]).generate_state(3)
    # torch.manual_seed also queues for devices that are not there, 4 stack traces a call.
    torch.default_generator.manual_seed(int(drawn[0]))
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(int(drawn[0]))
    np.random.seed(int(drawn[1]))
    random.seed(int(drawn[2]))


def lightning_package(module: Any) -> Any:
    """Return the package whose LightningModule a module is.

    Raises:
        TypeError: It is none.
    """
    for base in type(module).__mro__:
        for name in ("pytorch_lightning", "lightning.pytorch"):
            if base.__module__.startswith(f"{name}.") and base.__name__ == "LightningModule":
                return import_module(name)
    raise TypeError(
        f"{type(module).__name__} is no LightningModule of pytorch_lightning or lightning.pytorch"
    )


def metric_lines(
    module: Any,
    objective: str = "val_loss",
    direction: Direction = "minimize",
    shown: Sequence[str] | None = None,
    patience: int | None = None,
    tell: Tell = report,
) -> Any:
    """Return the callback that prints a metric line an epoch, for a Trainer of one's own.

    Args:
        module: The LightningModule that is trained.
        objective: The logged metric by which an epoch is the best.
        direction: Which value of it is better.
        shown: Metrics of an epoch's line; all logged ones where absent.
        patience: Epochs without a better objective before training stops; None for no end.
        tell: Told `epoch` and the metrics; prints a metric line where absent.
    """
    kind = _callback_class(lightning_package(module), MetricLineHooks)
    return kind(objective, direction, shown, patience, tell)


def _checkpoints(options: FitOptions) -> FileCheckpoints | SeriesCheckpoints | None:
    if options.lineage is not None:
        return SeriesCheckpoints(options.lineage)
    return None if options.checkpoint is None else FileCheckpoints(options.checkpoint)


def _start(
    module: Any, options: FitOptions, kept: FileCheckpoints | SeriesCheckpoints | None
) -> Start:
    """Return the state to go on from, and what its training had reported."""
    asked = options.resume_from
    if asked is None:
        if kept is None:
            return Start()
        return kept.start(module, options.max_epochs, options.objective, options.direction)
    if not asked.is_file():
        raise UsageError(f"--resume_from: there is no file {asked}")
    state = read_lightning(asked)
    return Start(state, progress_of(state, options.objective, options.direction))


def _keep(
    package: Any,
    trainer: Any,
    kept: FileCheckpoints | SeriesCheckpoints,
    hooks: Any,
    options: FitOptions,
) -> None:
    """Let a trainer keep where it stands now and then."""
    save = _callback_class(package, CheckpointHooks)(
        lambda: kept.save(state_of(trainer, options.kept), hooks.progress), lambda: kept.is_due
    )
    trainer.callbacks.append(save)


def _trainer(package: Any, options: FitOptions, hooks: Any, max_epochs: int) -> Any:
    # Lightning's messages contain `max_epochs=3`, which Katib would read as a metric.
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    hardware = choose_hardware(options.device, options.precision)
    return package.Trainer(
        accelerator=hardware.accelerator,
        devices=[local_gpu()] if hardware.accelerator == "cuda" else 1,
        precision=hardware.precision,
        max_epochs=max_epochs,
        callbacks=[hooks],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        deterministic=options.is_deterministic or None,
        gradient_clip_val=options.gradient_clip or None,
        accumulate_grad_batches=options.accumulate,
    )


def _callback_class(package: Any, hooks: type) -> Any:
    """Return hooks as a callback class of the module's own package."""
    return type(hooks.__name__, (hooks, package.Callback), {})


class _known_errors:
    """Turn errors whose cause is known into what the user can do."""

    def __init__(self, options: FitOptions) -> None:
        self._options = options

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, RuntimeError):
            return
        told = out_of_memory(error, self._options.batch_size)
        if told is not None:
            raise told from None
        if "loading state_dict" in str(error):
            first = str(error).splitlines()[1].strip()
            raise TrialError(
                "the checkpoint is of another architecture and cannot be gone on from: "
                f"{first[:300]}"
            ) from None
