"""Train the heads of all folds side by side and keep the best epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from trial_runner.reporting import note
from trial_runner.scoring.metrics import accuracy, auroc, classification_scores, log_loss
from trial_runner.training.checkpoints import State
from trial_runner.training.lineage import Lineage

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
    lineage: Lineage | None = None,
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
        lineage: Checkpoints to go on from, and to leave for a longer training.

    Raises:
        TrialError: The training diverged.
    """
    training = [fold.training for fold in folds]
    standardised = standardise(features, training)
    data = TrainingData(standardised, labels, training, shape.classes)
    trainer = StackTrainer(data, shape, settings, seed, range(len(folds)))
    validation = _Validation(standardised, labels, folds)
    progress = Progress([], None)
    if lineage is not None:
        progress = _resume(trainer, lineage, settings.max_epochs)
    for line in progress.lines[progress.start :]:
        on_epoch(line)
    while not progress.is_over(settings):
        progress = _next_epoch(trainer, validation, progress)
        on_epoch(progress.lines[-1])
        if lineage is not None and (progress.is_over(settings) or lineage.series.is_due):
            _save(trainer, progress, lineage)
    assert progress.best is not None  # at least one epoch is trained
    return progress.best


class Progress(NamedTuple):
    """What a training has reported so far.

    Attributes:
        lines: One for each epoch, those of a parent among them.
        best: The best of its own epochs.
        start: How many epochs are the parent's.
    """

    lines: list[Metrics]
    best: Best | None
    start: int = 0

    def is_over(self, settings: Settings) -> bool:
        """Whether all epochs are trained, or patience is at an end."""
        epoch = len(self.lines)
        since_best = epoch - (self.best.epoch if self.best else self.start)
        return epoch >= self.last_epoch(settings) or since_best >= settings.patience

    def last_epoch(self, settings: Settings) -> int:
        """Return the last epoch: `max_epochs`, or so many more where the parent is as far."""
        more = self.start if settings.max_epochs <= self.start else 0
        return settings.max_epochs + more

    def state(self) -> State:
        """Return what a checkpoint keeps."""
        best = tuple(self.best) if self.best else None
        return {"lines": self.lines, "best": best, "start": self.start}


def _next_epoch(trainer: StackTrainer, validation: _Validation, progress: Progress) -> Progress:
    train_loss = float(trainer.train_epoch().mean())
    probabilities = validation.probabilities(trainer)
    scores = validation.scores(probabilities)
    epoch = len(progress.lines) + 1
    best = progress.best
    if best is None or scores["val_auroc"] > best.auroc:
        metrics = validation.all_scores(probabilities) | {"train_loss": train_loss}
        best = Best(epoch, scores["val_auroc"], metrics)
    return Progress([*progress.lines, {"epoch": epoch, **scores}], best, progress.start)


def _resume(trainer: StackTrainer, lineage: Lineage, max_epochs: int) -> Progress:
    """Go on where this training stood; else where its parent ended; else from the start."""
    parent = lineage.parent
    if parent is not None and not _fits(trainer, parent.state, lineage):
        note("the parent has other data, folds, layers or code; training starts anew")
        parent = None
    start = parent.step if parent else 0
    most = max_epochs if max_epochs > start else start + max_epochs
    own = lineage.series.load(most)
    if own is not None and _fits(trainer, own.state, lineage) and own.state["start"] == start:
        trainer.restore(own.state)
        best = own.state["best"]
        return Progress(own.state["lines"], Best(*best) if best else None, start)
    if parent is not None:
        trainer.restore(parent.state)
        return Progress(parent.state["lines"], None, start)
    return Progress([], None)


def _fits(trainer: StackTrainer, state: State, lineage: Lineage) -> bool:
    shape = trainer.heads.parameters.shape
    return state.get("origin") == lineage.origin and state["parameters"].shape == shape


def _save(trainer: StackTrainer, progress: Progress, lineage: Lineage) -> None:
    epoch = len(progress.lines)
    state = trainer.state() | progress.state() | {"origin": lineage.origin}
    is_best = progress.best is not None and progress.best.epoch == epoch
    lineage.series.save(epoch, state, is_best=is_best)


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
