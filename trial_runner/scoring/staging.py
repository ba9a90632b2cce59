"""Scores of predicted classes: accuracy, Cohen's κ, F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]


def confusion(labels: Labels, predicted: Labels, class_count: int) -> NDArray[np.int64]:
    """Return counts (true class, predicted class)."""
    pairs = labels.astype(np.int64) * class_count + predicted
    return np.bincount(pairs, minlength=class_count**2).reshape(class_count, class_count)


def cohen_kappa(counts: NDArray[np.int64]) -> float:
    """Return the agreement beyond chance; 1 where all is one class on both sides."""
    total = counts.sum()
    observed = np.trace(counts) / total
    expected = float(counts.sum(axis=0) @ counts.sum(axis=1)) / float(total) ** 2
    return float((observed - expected) / (1 - expected)) if expected < 1 else 1.0


def f1_scores(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the F1 of every class; nan where it neither occurs nor is predicted."""
    either = counts.sum(axis=0) + counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(either > 0, 2 * np.diag(counts) / either, np.nan))


def staging_scores(labels: Labels, predicted: Labels, classes: Sequence[str]) -> dict[str, float]:
    """Return `kappa`, `accuracy`, `f1_macro` and `f1_CLASS` of the classes that occur.

    Args:
        labels: (n,) indices of the true classes.
        predicted: (n,) indices of the predicted ones.
        classes: Names.
    """
    counts = confusion(labels, predicted, len(classes))
    by_class = f1_scores(counts)
    scores = {
        "kappa": cohen_kappa(counts),
        "accuracy": float(np.trace(counts) / counts.sum()),
        "f1_macro": float(np.nanmean(by_class)),
    }
    return scores | {
        f"f1_{name}": float(value)
        for name, value in zip(classes, by_class, strict=True)
        if np.isfinite(value)
    }
