"""Classification scores in plain numpy: fast on small folds, equal to scikit-learn's.

Labels are class indices (n,); probabilities are (n, classes), rows summing to one. With two
classes the second is the positive one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Probabilities = NDArray[np.floating]
_BinaryScore = Callable[[NDArray[np.bool_], Probabilities], float]

_LOWEST_PROBABILITY = 1e-7


def auroc(labels: Labels, probabilities: Probabilities) -> float:
    """Return the area under the ROC curve; with more classes, the mean over one-vs-rest.

    Raises:
        ValueError: A class has no row, or all rows.
    """
    return _mean_one_vs_rest(labels, probabilities, _binary_auroc)


def auprc(labels: Labels, probabilities: Probabilities) -> float:
    """Return the average precision; with more classes, the mean over one-vs-rest.

    Raises:
        ValueError: A class has no row, or all rows.
    """
    return _mean_one_vs_rest(labels, probabilities, _average_precision)


def accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of rows whose likeliest class is the right one."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def balanced_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean over the classes that occur of the share recognised."""
    return float(np.mean([recall(labels, probabilities, int(c)) for c in np.unique(labels)]))


def recall(labels: Labels, probabilities: Probabilities, of_class: int) -> float:
    """Return the share of a class's rows that are recognised.

    Raises:
        ValueError: The class does not occur.
    """
    rows = labels == of_class
    if not rows.any():
        raise ValueError(f"class {of_class} does not occur, so its recall is not defined")
    return float((probabilities[rows].argmax(axis=1) == of_class).mean())


def sensitivity(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of positive rows (class 1) that are recognised."""
    return recall(labels, probabilities, 1)


def specificity(labels: Labels, probabilities: Probabilities) -> float:
    """Return the share of negative rows (class 0) that are recognised."""
    return recall(labels, probabilities, 0)


def f1_macro(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean over all classes, labelled or predicted, of the F1 score."""
    predicted = probabilities.argmax(axis=1)
    scores = []
    for one in np.union1d(labels, predicted):
        hits = ((labels == one) & (predicted == one)).sum()
        scores.append(2 * hits / ((labels == one).sum() + (predicted == one).sum()))
    return float(np.mean(scores))


def log_loss(labels: Labels, probabilities: Probabilities) -> float:
    """Return the mean of -log of the right class's probability, which counts as at least 1e-7."""
    right = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, _LOWEST_PROBABILITY)).mean())


def label_scores(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Return accuracies, F1 and loss of a fold; a class that few persons show may be missing."""
    return {
        "accuracy": accuracy(labels, probabilities),
        "balanced_accuracy": balanced_accuracy(labels, probabilities),
        "f1_macro": f1_macro(labels, probabilities),
        "loss": log_loss(labels, probabilities),
    }


def classification_scores(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Return all scores by name; sensitivity and specificity with two classes only."""
    scores = {
        "auroc": auroc(labels, probabilities),
        "auprc": auprc(labels, probabilities),
        "accuracy": accuracy(labels, probabilities),
        "balanced_accuracy": balanced_accuracy(labels, probabilities),
        "f1_macro": f1_macro(labels, probabilities),
        "loss": log_loss(labels, probabilities),
    }
    if probabilities.shape[1] == 2:
        scores["sensitivity"] = sensitivity(labels, probabilities)
        scores["specificity"] = specificity(labels, probabilities)
    return scores


def _mean_one_vs_rest(labels: Labels, probabilities: Probabilities, score: _BinaryScore) -> float:
    classes = range(probabilities.shape[1])
    chosen = [1] if len(classes) == 2 else list(classes)
    return float(np.mean([score(labels == one, probabilities[:, one]) for one in chosen]))


def _binary_auroc(positive: NDArray[np.bool_], score: Probabilities) -> float:
    """Return the probability that a positive row scores above a negative one, ties half."""
    _check_both(positive)
    distinct, rank = np.unique(score, return_inverse=True)
    positives = np.bincount(rank[positive], minlength=len(distinct))
    negatives = np.bincount(rank[~positive], minlength=len(distinct))
    below = negatives.cumsum() - negatives
    wins = (positives * (below + 0.5 * negatives)).sum()
    return float(wins / (positives.sum() * negatives.sum()))


def _average_precision(positive: NDArray[np.bool_], score: Probabilities) -> float:
    _check_both(positive)
    distinct, rank = np.unique(-score, return_inverse=True)
    hits = np.bincount(rank[positive], minlength=len(distinct))
    precision = hits.cumsum() / np.bincount(rank, minlength=len(distinct)).cumsum()
    return float((hits * precision).sum() / hits.sum())


def _check_both(positive: NDArray[np.bool_]) -> None:
    if positive.all() or not positive.any():
        raise ValueError("the curve needs rows of the class and rows of others")
