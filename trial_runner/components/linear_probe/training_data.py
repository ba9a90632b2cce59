"""What a stack of heads learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Standard(NamedTuple):
    """Mean and deviation of training rows, each (features,); a flat feature's deviation is 1."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def of(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return features with mean 0 and deviation 1.

        Values beyond ten deviations are cut off: one artefact would else outweigh all.
        """
        found = ((features - self.mean) / self.scale).astype(np.float32)
        return found.clip(-_STANDARDISED_LIMIT, _STANDARDISED_LIMIT)


def standard_of(features: NDArray[np.float32]) -> Standard:
    """Return mean and deviation of training rows (n, features)."""
    known = features.astype(np.float64)
    deviation = known.std(axis=0)
    return Standard(known.mean(axis=0), np.where(deviation > _SMALLEST_DEVIATION, deviation, 1.0))


def standardise(features: NDArray[np.float32], training: Sequence[Rows]) -> NDArray[np.float32]:
    """Return features (models, n, features), each model's standardised by its training rows."""
    result = np.empty(features.shape, np.float32)
    for model, rows in enumerate(training):
        result[model] = standard_of(features[model, rows]).of(features[model])
    return result
