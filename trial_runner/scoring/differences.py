"""Paired differences between two configurations on the same test data.

The interval draws the same units for both (paired) and the seeds of each by themselves, because
two models trained with the same seed number but other hyperparameters share nothing.

The permutation test asks how often a difference as large arises when the labels "default" and
"tuned" mean nothing: it swaps what the two said, unit by unit. Metrics of order (AUROC) swap
ranks within a model, not probabilities, which two models need not have on one scale. With up to
12 units all swaps are tried; with more, random ones, and the observed one counts as one of them,
so that p is never 0. The test speaks about the models as trained; only the interval also knows
that other seeds would have given others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.scoring.intervals import (
    DEFAULT_RESAMPLES,
    check_metrics,
    interval_of,
)
from trial_runner.scoring.predictions import FloatArray, Predictions, PredictionsError
from trial_runner.scoring.resampling import (
    metric_input,
    resampled_means,
    seed_scores,
    unit_weights,
)
from trial_runner.scoring.values import Difference
from trial_runner.scoring.weighted import METRICS

DEFAULT_PERMUTATIONS = 2000
_ALL_SWAPS_UP_TO_UNITS = 12
_CELLS_AT_ONCE = 2_000_000
_ROUNDING = 1e-12


def paired_differences(
    tuned: Predictions,
    default: Predictions,
    metrics: Sequence[str],
    *,
    resamples: int = DEFAULT_RESAMPLES,
    permutations: int = DEFAULT_PERMUTATIONS,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Difference]:
    """Compare two configurations on the same test data: tuned minus default.

    Raises:
        PredictionsError: They are about different data, or a metric is not known.
    """
    check_metrics(metrics)
    if not tuned.same_data(default):
        raise PredictionsError("the two predictions are not about the same trials")
    rng = np.random.default_rng(seed)
    weights = unit_weights(tuned, resamples, rng)
    drawn = [seed_scores(each, metrics, weights) for each in (tuned, default)]
    p_values = permutation_p_values(tuned, default, metrics, permutations, rng)
    differences = {}
    for name in metrics:
        better, base = (resampled_means(scores[name], rng) for scores in drawn)
        value = _mean_score(tuned, name) - _mean_score(default, name)
        interval = interval_of(value, better - base, tuned.unit_count, level)
        differences[name] = Difference(interval, p_values[name])
    return differences


def permutation_p_values(
    tuned: Predictions,
    default: Predictions,
    metrics: Sequence[str],
    permutations: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return the two-sided p of each metric's difference in the paired permutation test."""
    seeds = min(tuned.seed_count, default.seed_count)
    swaps, is_exact = unit_swaps(tuned.unit_count, permutations, rng)
    p_values = {}
    for name in metrics:
        first, second = (
            _exchangeable(name, each.probability[:seeds]) for each in (tuned, default)
        )
        permuted = _permuted_differences(name, tuned, first, second, swaps)
        unswapped = np.zeros((1, swaps.shape[1]), dtype=bool)
        observed = float(_permuted_differences(name, tuned, first, second, unswapped)[0])
        p_values[name] = p_value_of(permuted, observed, is_exact)
    return p_values


def p_value_of(permuted: FloatArray, observed: float, is_exact: bool) -> float:
    """Return the two-sided p of a difference among those of permutations.

    Args:
        permuted: (permutations,) differences.
        observed: The one without a swap.
        is_exact: Whether these are all permutations, the observed one among them.
    """
    as_large = int((np.abs(permuted) >= abs(observed) - _ROUNDING).sum())
    count = len(permuted)
    return as_large / count if is_exact else (as_large + 1) / (count + 1)


def unit_swaps(
    units: int, permutations: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], bool]:
    """Return which units are swapped, shape (permutations, units), and whether that is all."""
    if units <= _ALL_SWAPS_UP_TO_UNITS:
        return (np.arange(2**units)[:, None] >> np.arange(units)) % 2 == 1, True
    return rng.random((permutations, units)) < 0.5, False


def _permuted_differences(
    metric: str,
    data: Predictions,
    first: NDArray[Any],
    second: NDArray[Any],
    swaps: NDArray[np.bool_],
) -> FloatArray:
    """Return the difference of mean scores after each swap, shape (permutations,)."""
    step = max(1, _CELLS_AT_ONCE // first.size)
    ones = np.ones((1, data.trial_count))
    parts = []
    for start in range(0, swaps.shape[0], step):
        swapped = swaps[start : start + step, None][..., data.unit_of]
        if first.ndim == 3:
            swapped = swapped[..., None]
        score = METRICS[metric].score
        one = score(data.y_true, np.where(swapped, second, first), ones)
        other = score(data.y_true, np.where(swapped, first, second), ones)
        parts.append((one - other).mean(axis=1))
    return np.concatenate(parts)


def _exchangeable(metric: str, probability: FloatArray) -> NDArray[Any]:
    """Bring both models' predictions to one scale: ranks within a model, or classes."""
    if METRICS[metric].takes == "classes":
        return metric_input(metric, probability)
    from scipy.stats import rankdata

    return np.asarray(rankdata(probability, axis=1))


def _mean_score(predictions: Predictions, metric: str) -> float:
    ones = np.ones((1, predictions.trial_count))
    return float(seed_scores(predictions, (metric,), ones)[metric].mean())
