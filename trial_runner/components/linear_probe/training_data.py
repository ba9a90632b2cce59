"""What a stack of heads learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
_STANDARDISED_LIMIT = 10.0
_SMALLEST_DEVIATION = 1e-12


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What the models of a stack learn from.

    Attributes:
        features: (models, n, features), standardised by each model's training rows.
        labels: (n,) class indices.
        training: Of each model, its training rows.
        classes: Number of classes.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    training: Sequence[Rows]
    classes: int


def standardise(features: NDArray[np.float32], training: Sequence[Rows]) -> NDArray[np.float32]:
    """Return features (models, n, features) with mean 0 and deviation 1 over training rows.

    Values beyond ten deviations are cut off: one artefact would else outweigh all.
    """
    result = np.empty(features.shape, np.float32)
    for model, rows in enumerate(training):
        known = features[model, rows].astype(np.float64)
        deviation = known.std(axis=0)
        scale = np.where(deviation > _SMALLEST_DEVIATION, deviation, 1.0)
        result[model] = (features[model] - known.mean(axis=0)) / scale
    return result.clip(-_STANDARDISED_LIMIT, _STANDARDISED_LIMIT)
