"""Train the heads of all folds side by side and keep the best epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from trial_runner.components.linear_probe.model import Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.components.linear_probe.stack import StackTrainer
from trial_runner.components.linear_probe.training_data import TrainingData, standardise
from trial_runner.data.splits import Fold
from trial_runner.errors import TrialError
from trial_runner.scoring.metrics import accuracy, auroc, classification_scores, log_loss
from trial_runner.training.checkpoints import State, load_checkpoint, save_checkpoint

Metrics = dict[str, float]


class Best(NamedTuple):
    """The best epoch.

    Attributes:
        epoch: Its number, from 1.
        auroc: Its mean AUROC over folds.
        metrics: All its scores: means over folds, and spread of the AUROC.
    """

    epoch: int
    auroc: float
    metrics: Metrics


def cross_validate(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    folds: Sequence[Fold],
    shape: Shape,
    settings: Settings,
    seed: int,
    on_epoch: Callable[[Metrics], None],
    checkpoint: Path | None = None,
) -> Best:
    """Train until `patience` epochs bring no better mean AUROC; return the best epoch.

    Args:
        features: (folds, n, features).
        labels: (n,) class indices.
        folds: Rows of each.
        shape: Of a head.
        settings: Of the training.
        seed: Of the trial.
        on_epoch: Told `epoch`, `val_auroc`, `val_accuracy`, `val_loss` of every epoch.
        checkpoint: File to go on from, if it is there, and to leave for a longer training.

    Raises:
        TrialError: The training diverged.
    """
    training = [fold.training for fold in folds]
    standardised = standardise(features, training)
    data = TrainingData(standardised, labels, training, shape.classes)
    trainer = StackTrainer(data, shape, settings, seed, range(len(folds)))
    validation = _Validation(standardised, labels, folds)
    past = _resume(trainer, checkpoint, settings.max_epochs)
    progress = past or Progress([], None)
    for line in progress.lines:
        on_epoch(line)
    while not progress.is_over(settings):
        progress = _next_epoch(trainer, validation, progress)
        on_epoch(progress.lines[-1])
    if checkpoint is not None and (past is None or len(progress.lines) > len(past.lines)):
        save_checkpoint(checkpoint, trainer.state() | progress.state())
    assert progress.best is not None  # max_epochs is at least 1
    return progress.best


class Progress(NamedTuple):
    """What a training has reported so far: the lines of its epochs, and the best of them."""

    lines: list[Metrics]
    best: Best | None

    def is_over(self, settings: Settings) -> bool:
        """Whether all epochs are trained, or patience is at an end."""
        epoch = len(self.lines)
        since_best = epoch - self.best.epoch if self.best else 0
        return epoch >= settings.max_epochs or since_best >= settings.patience

    def state(self) -> State:
        """Return what a checkpoint keeps."""
        return {"lines": self.lines, "best": tuple(self.best) if self.best else None}


def _next_epoch(trainer: StackTrainer, validation: _Validation, progress: Progress) -> Progress:
    train_loss = float(trainer.train_epoch().mean())
    probabilities = validation.probabilities(trainer)
    scores = validation.scores(probabilities)
    epoch = len(progress.lines) + 1
    best = progress.best
    if best is None or scores["val_auroc"] > best.auroc:
        metrics = validation.all_scores(probabilities) | {"train_loss": train_loss}
        best = Best(epoch, scores["val_auroc"], metrics)
    return Progress([*progress.lines, {"epoch": epoch, **scores}], best)


def _resume(trainer: StackTrainer, checkpoint: Path | None, max_epochs: int) -> Progress | None:
    """Return the progress of a checkpoint; None where there is none, or a longer one."""
    state = load_checkpoint(checkpoint) if checkpoint is not None else None
    if state is None or len(state["lines"]) > max_epochs:
        return None
    trainer.restore(state)
    return Progress(state["lines"], Best(*state["best"]))


class _Validation:
    """The validation rows of all folds, filled up to one length."""

    def __init__(
        self, features: NDArray[np.float32], labels: NDArray[np.int64], folds: Sequence[Fold]
    ) -> None:
        self._labels = [labels[fold.validation] for fold in folds]
        longest = max(map(len, self._labels))
        rows = np.stack([np.resize(fold.validation, longest) for fold in folds])
        self._features = torch.from_numpy(features[np.arange(len(folds))[:, None], rows])

    def probabilities(self, trainer: StackTrainer) -> list[NDArray[np.float64]]:
        """Return each fold's probabilities (rows, classes)."""
        stacked = trainer.probabilities(self._features)
        if not np.isfinite(stacked).all():
            raise TrialError(
                "the training diverged: a prediction is not finite; lower --learning_rate or "
                "--gradient_clip"
            )
        return [one[: len(true)] for one, true in zip(stacked, self._labels, strict=True)]

    def scores(self, probabilities: list[NDArray[np.float64]]) -> Metrics:
        """Return the means over folds that every epoch reports."""
        pairs = list(zip(self._labels, probabilities, strict=True))
        return {
            "val_auroc": float(np.mean([auroc(*pair) for pair in pairs])),
            "val_accuracy": float(np.mean([accuracy(*pair) for pair in pairs])),
            "val_loss": float(np.mean([log_loss(*pair) for pair in pairs])),
        }

    def all_scores(self, probabilities: list[NDArray[np.float64]]) -> Metrics:
        """Return the means over folds of all scores, and the spread of the AUROC."""
        pairs = zip(self._labels, probabilities, strict=True)
        scores = [classification_scores(*pair) for pair in pairs]
        means = {
            f"val_{name}": float(np.mean([one[name] for one in scores])) for name in scores[0]
        }
        aurocs = [one["auroc"] for one in scores]
        spread = {"std": np.std(aurocs), "min": np.min(aurocs), "max": np.max(aurocs)}
        return means | {f"val_auroc_{name}": float(value) for name, value in spread.items()}
