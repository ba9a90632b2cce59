"""Train the heads of all folds side by side and keep the best epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from trial_runner.components.linear_probe.model import Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.components.linear_probe.stack import StackTrainer, TrainingData, standardise
from trial_runner.data.splits import Fold
from trial_runner.errors import TrialError
from trial_runner.scoring.metrics import accuracy, auroc, classification_scores, log_loss

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

    Raises:
        TrialError: The training diverged.
    """
    training = [fold.training for fold in folds]
    standardised = standardise(features, training)
    data = TrainingData(standardised, labels, training, shape.classes)
    trainer = StackTrainer(data, shape, settings, seed, range(len(folds)))
    validation = _Validation(standardised, labels, folds)
    best: tuple[float, int, list[NDArray[np.float64]], float] | None = None
    for epoch in range(1, settings.max_epochs + 1):
        train_loss = float(trainer.train_epoch().mean())
        probabilities = validation.probabilities(trainer)
        scores = validation.scores(probabilities)
        on_epoch({"epoch": epoch, **scores})
        if best is None or scores["val_auroc"] > best[0]:
            best = (scores["val_auroc"], epoch, probabilities, train_loss)
        if epoch - best[1] >= settings.patience:
            break
    assert best is not None  # max_epochs is at least 1
    metrics = validation.all_scores(best[2])
    return Best(best[1], best[0], {**metrics, "train_loss": best[3]})


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
