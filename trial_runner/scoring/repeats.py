"""Scores of whole runs that were only repeated: Student's intervals, Welch's difference.

Used where a trial tells its metrics but not what it predicted, so that nothing can be resampled
but the repeats themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from trial_runner.scoring.values import Difference, Interval, Score

_ALL_SPLITS_UP_TO = 20_000
_RANDOM_SPLITS = 10_000
_ROUNDING = 1e-12


def mean_score(values: Sequence[float], level: float = 0.95) -> Score:
    """Return the mean of repeats with Student's interval; no bounds for a single one."""
    sample = np.asarray(values, dtype=float)
    mean = float(sample.mean())
    if sample.size < 2:
        return Score(Interval(mean, math.nan, math.nan, level), math.nan)
    from scipy import stats

    std = float(sample.std(ddof=1))
    half = float(stats.t.ppf((1 + level) / 2, sample.size - 1)) * std / math.sqrt(sample.size)
    return Score(Interval(mean, mean - half, mean + half, level), std)


def mean_difference(
    tuned: Sequence[float], default: Sequence[float], level: float = 0.95
) -> Difference:
    """Return the difference of two means with Welch's interval and a permutation test.

    Repeats are not paired. Where neither varies, the interval has no width.
    """
    first, second = np.asarray(tuned, dtype=float), np.asarray(default, dtype=float)
    value = float(first.mean() - second.mean())
    if min(first.size, second.size) < 2:
        return Difference(Interval(value, math.nan, math.nan, level), math.nan)
    half = _welch_half_width(first, second, level)
    p_value = _permutation_p_value(first, second)
    return Difference(Interval(value, value - half, value + half, level), p_value)


def _welch_half_width(first: np.ndarray, second: np.ndarray, level: float) -> float:
    from scipy import stats

    errors = [sample.var(ddof=1) / sample.size for sample in (first, second)]
    total = float(sum(errors))
    if total == 0:
        return 0.0
    freedom = total**2 / sum(
        error**2 / (sample.size - 1) for error, sample in zip(errors, (first, second), strict=True)
    )
    return float(stats.t.ppf((1 + level) / 2, freedom)) * math.sqrt(total)


def _permutation_p_value(first: np.ndarray, second: np.ndarray) -> float:
    """Return how often a random split of all repeats is as far apart, two-sided."""
    together, size = np.concatenate([first, second]), first.size
    if math.comb(together.size, size) <= _ALL_SPLITS_UP_TO:
        chosen = np.array(list(combinations(range(together.size), size)))
    else:
        rng = np.random.default_rng(0)
        chosen = np.argsort(rng.random((_RANDOM_SPLITS, together.size)), axis=1)[:, :size]
        chosen = np.vstack([np.arange(size), chosen])
    sums = together[chosen].sum(axis=1)
    means = sums / size - (together.sum() - sums) / second.size
    observed = abs(first.mean() - second.mean())
    return float((np.abs(means) >= observed - _ROUNDING).mean())
