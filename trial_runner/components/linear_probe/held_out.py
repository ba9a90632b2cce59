"""Retrain on all training data with several seeds and score once on the test data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from trial_runner.components.linear_probe.model import Heads, Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.components.linear_probe.stack import StackTrainer
from trial_runner.components.linear_probe.training_data import (
    Standard,
    TrainingData,
    standard_of,
    standardise,
)
from trial_runner.scoring.metrics import classification_scores


class Retrained(NamedTuple):
    """Models trained on all training data.

    Attributes:
        probabilities: (repetitions, test rows, classes).
        standard: Of the features they see.
        heads: The models.
    """

    probabilities: NDArray[np.float32]
    standard: Standard
    heads: Heads


def retrain(
    known: NDArray[np.float32],
    labels: NDArray[np.int64],
    unknown: NDArray[np.float32],
    shape: Shape,
    settings: Settings,
    epochs: int,
    seed: int,
    repetitions: int,
) -> Retrained:
    """Train on all rows that are known; say what the models make of the unknown ones.

    Args:
        known: (n, features) training and validation rows.
        labels: (n,) class indices.
        unknown: (test rows, features).
        shape: Of a head.
        settings: Of the training.
        epochs: How many to train; the schedule stays that of `settings`.
        seed: Of the trial; each repetition draws from its own generator.
        repetitions: Models to train, side by side.
    """
    everything = [np.arange(len(known))] * repetitions
    both = np.concatenate([known, unknown])
    standardised = standardise(np.broadcast_to(both, (1, *both.shape)), everything[:1])
    stacked = np.repeat(standardised, repetitions, axis=0)
    data = TrainingData(stacked[:, : len(known)], labels, everything, shape.classes)
    trainer = StackTrainer(data, shape, settings, seed, range(repetitions))
    for _ in range(epochs):
        trainer.train_epoch()
    test_rows = torch.from_numpy(stacked[:, len(known) :])
    said = trainer.probabilities(test_rows).astype(np.float32)
    return Retrained(said, standard_of(known), trainer.heads)


def held_out_scores(
    labels: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> dict[str, float]:
    """Return means over repetitions of all scores, and the deviation of AUROC and accuracy.

    Args:
        labels: (n,) class indices.
        probabilities: (repetitions, n, classes).
    """
    scores = [classification_scores(labels, one.astype(np.float64)) for one in probabilities]
    means = {f"test_{name}": _mean(scores, name) for name in scores[0]}
    spread = {
        f"test_{name}_std": float(np.std([one[name] for one in scores]))
        for name in ("auroc", "accuracy")
    }
    return means | spread


def _mean(scores: Sequence[Mapping[str, float]], name: str) -> float:
    return float(np.mean([one[name] for one in scores]))
