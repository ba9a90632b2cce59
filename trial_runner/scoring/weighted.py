"""Classification metrics for many weightings and many models at once.

Every function takes `truth` (trials,), predictions (..., trials[, classes]) and `weights`
(..., trials), broadcasts the leading axes and returns one value for each combination. A bootstrap
resample is a weighting (how often each trial was drawn), so that thousands of resamples are a few
array operations. With weights of one the values are scikit-learn's; with others they are those
of its `sample_weight`. What cannot be computed (a resample without positives) is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.scoring.predictions import FloatArray, IntArray

Score = Callable[[IntArray, NDArray[Any], FloatArray], FloatArray]


def auroc(truth: IntArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """Area under the ROC curve; with several classes the mean of one against the rest."""
    return _one_against_rest(_binary_auroc, truth, probability, weights)


def auprc(truth: IntArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """Average precision; with several classes the mean of one against the rest."""
    return _one_against_rest(_binary_average_precision, truth, probability, weights)


def accuracy(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Share of trials whose class was found."""
    right = (predicted == truth).astype(np.float64)
    return _divide(_dot(right, weights), weights.sum(-1))


def balanced_accuracy(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Mean over the classes of the share found."""
    recalls = [_recall(truth, predicted, weights, label) for label in np.unique(truth)]
    return np.asarray(np.mean(np.broadcast_arrays(*recalls), axis=0))


def sensitivity(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Share of the positive trials (class 1 of two) that were found."""
    return _recall(truth, predicted, weights, 1)


def specificity(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Share of the negative trials (class 0 of two) that were found."""
    return _recall(truth, predicted, weights, 0)


def macro_f1(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Mean over the classes of F1, the harmonic mean of precision and recall."""
    labels = np.union1d(truth, predicted)
    scores = [_f1(truth, predicted, weights, label) for label in labels]
    return np.asarray(np.mean(np.broadcast_arrays(*scores), axis=0))


def cohen_kappa(truth: IntArray, predicted: IntArray, weights: FloatArray) -> FloatArray:
    """Agreement beyond chance (Cohen's κ)."""
    total = weights.sum(-1)
    observed = accuracy(truth, predicted, weights)
    expected = np.zeros_like(observed)
    for label in np.unique(truth):
        actual = _divide(_dot((truth == label).astype(np.float64), weights), total)
        said = _divide(_dot((predicted == label).astype(np.float64), weights), total)
        expected = expected + actual * said
    return _divide(observed - expected, 1 - expected)


class Metric(NamedTuple):
    """A score and what it is computed from.

    Attributes:
        title: What it is called in tables.
        score: Computes it.
        takes: Class probabilities, of which only the order matters, or predicted classes.
        binary_only: Whether it exists for two classes only.
    """

    title: str
    score: Score
    takes: Literal["ranking", "classes"]
    binary_only: bool = False


METRICS: dict[str, Metric] = {
    "auroc": Metric("AUROC", auroc, "ranking"),
    "auprc": Metric("AUPRC", auprc, "ranking"),
    "accuracy": Metric("Accuracy", accuracy, "classes"),
    "balanced_accuracy": Metric("Balanced accuracy", balanced_accuracy, "classes"),
    "sensitivity": Metric("Sensitivity", sensitivity, "classes", binary_only=True),
    "specificity": Metric("Specificity", specificity, "classes", binary_only=True),
    "f1": Metric("Macro F1", macro_f1, "classes"),
    "kappa": Metric("Cohen’s κ", cohen_kappa, "classes"),
}


def metrics_for(class_count: int) -> tuple[str, ...]:
    """Return the names of the metrics that exist for so many classes."""
    return tuple(
        name for name, metric in METRICS.items() if class_count == 2 or not metric.binary_only
    )


def _one_against_rest(
    score: Callable[[NDArray[np.bool_], FloatArray, FloatArray], FloatArray],
    truth: IntArray,
    probability: FloatArray,
    weights: FloatArray,
) -> FloatArray:
    if probability.shape[-1] == 2:
        return score(truth == 1, probability[..., 1], weights)
    values = [
        score(truth == label, probability[..., label], weights)
        for label in range(probability.shape[-1])
    ]
    return np.asarray(np.mean(np.broadcast_arrays(*values), axis=0))


def _binary_auroc(
    positive: NDArray[np.bool_], score: FloatArray, weights: FloatArray
) -> FloatArray:
    """Share of pairs in which the positive trial scores higher; a tie counts half."""
    score, weights = _same_dimensions(score, weights)
    order = np.argsort(score, axis=-1, kind="stable")
    first, last = _tie_bounds(np.take_along_axis(score, order, -1))
    positives, negatives = _sorted_weights(positive, order, weights)
    below = np.cumsum(negatives, axis=-1)
    before = np.take_along_axis(below - negatives, first, -1)
    won = (before + np.take_along_axis(below, last, -1)) / 2
    return _divide(_dot(positives, won), positives.sum(-1) * negatives.sum(-1))


def _binary_average_precision(
    positive: NDArray[np.bool_], score: FloatArray, weights: FloatArray
) -> FloatArray:
    """Mean over the positive trials of the precision at their threshold."""
    score, weights = _same_dimensions(score, weights)
    order = np.argsort(-score, axis=-1, kind="stable")
    _, last = _tie_bounds(np.take_along_axis(-score, order, -1))
    positives, negatives = _sorted_weights(positive, order, weights)
    true, false = np.cumsum(positives, axis=-1), np.cumsum(negatives, axis=-1)
    precision = np.take_along_axis(_divide(true, true + false, 0.0), last, -1)
    return _divide(_dot(positives, precision), positives.sum(-1))


def _same_dimensions(*arrays: FloatArray) -> list[FloatArray]:
    """Put axes of length one before the shorter shapes."""
    dimensions = max(array.ndim for array in arrays)
    return [array.reshape((1,) * (dimensions - array.ndim) + array.shape) for array in arrays]


def _sorted_weights(
    positive: NDArray[np.bool_], order: IntArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the weights of positive and of negative trials in the given order."""
    ordered = np.take_along_axis(weights, order, -1)
    is_positive = positive[order]
    return ordered * is_positive, ordered * ~is_positive


def _tie_bounds(ordered: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the first and last position of the run of equal values around each position."""
    count = ordered.shape[-1]
    positions = np.broadcast_to(np.arange(count), ordered.shape)
    changed = np.diff(ordered, axis=-1) != 0
    edge = np.ones((*ordered.shape[:-1], 1), dtype=bool)
    starts = np.concatenate([edge, changed], axis=-1)
    ends = np.concatenate([changed, edge], axis=-1)
    first = np.maximum.accumulate(np.where(starts, positions, 0), axis=-1)
    last = np.minimum.accumulate(np.where(ends, positions, count - 1)[..., ::-1], axis=-1)
    return np.asarray(first), np.asarray(last)[..., ::-1]


def _recall(truth: IntArray, predicted: IntArray, weights: FloatArray, label: int) -> FloatArray:
    actual = (truth == label).astype(np.float64)
    found = actual * (predicted == label)
    return _divide(_dot(found, weights), _dot(actual, weights))


def _f1(truth: IntArray, predicted: IntArray, weights: FloatArray, label: int) -> FloatArray:
    actual, said = (truth == label).astype(np.float64), (predicted == label).astype(np.float64)
    return _divide(
        2 * _dot(actual * said, weights), _dot(actual, weights) + _dot(said, weights), 0.0
    )


def _dot(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("...i,...i->...", left, right))


def _divide(top: FloatArray, bottom: FloatArray, otherwise: float = np.nan) -> FloatArray:
    """Divide where that is possible."""
    top, bottom = np.broadcast_arrays(np.asarray(top, float), np.asarray(bottom, float))
    out = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out
