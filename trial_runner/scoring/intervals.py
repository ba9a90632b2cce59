"""Bootstrap confidence intervals of a configuration's scores.

The interval is the expanded percentile interval of Hesterberg (2015,
doi:10.1080/00031305.2015.1089789): the plain percentile interval is too narrow for few units,
because a bootstrap sample varies less than a real one by (n - 1) / n and has lighter tails than
Student's t. With many units both are the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trial_runner.scoring.predictions import FloatArray, Predictions, PredictionsError
from trial_runner.scoring.resampling import resampled_means, seed_scores, unit_weights
from trial_runner.scoring.values import Interval, Score
from trial_runner.scoring.weighted import METRICS

DEFAULT_RESAMPLES = 4000


def score_intervals(
    predictions: Predictions,
    metrics: Sequence[str],
    *,
    resamples: int = DEFAULT_RESAMPLES,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Score]:
    """Score a configuration, with bootstrap intervals over units and seeds.

    Args:
        predictions: What its models said about the test data.
        metrics: Names of `METRICS`.
        resamples: How many bootstrap samples.
        level: Share of intervals that are to cover the true score.
        seed: Of the resampling; the same gives the same intervals.

    Raises:
        PredictionsError: A metric is not known.
    """
    check_metrics(metrics)
    rng = np.random.default_rng(seed)
    points = seed_scores(predictions, metrics, np.ones((1, predictions.trial_count)))
    drawn = seed_scores(predictions, metrics, unit_weights(predictions, resamples, rng))
    return {
        name: Score(
            interval_of(
                float(points[name].mean()),
                resampled_means(drawn[name], rng),
                predictions.unit_count,
                level,
            ),
            float(points[name].std(ddof=1)) if predictions.seed_count > 1 else math.nan,
        )
        for name in metrics
    }


def check_metrics(metrics: Sequence[str]) -> None:
    """Refuse unknown metrics.

    Raises:
        PredictionsError: One is not known; the message lists those there are.
    """
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise PredictionsError(f"no metric {unknown[0]!r}; there are {', '.join(METRICS)}")


def interval_of(value: float, drawn: FloatArray, units: int, level: float = 0.95) -> Interval:
    """Return the expanded percentile interval of a bootstrap distribution.

    Args:
        value: The score of the data itself.
        drawn: Its bootstrap distribution; draws in which it does not exist are nan and left out.
        units: How many independent units were drawn.
        level: Share of intervals that are to cover the true score.
    """
    known = drawn[np.isfinite(drawn)]
    if known.size == 0 or units < 2:
        return Interval(value, math.nan, math.nan, level)
    tail = expanded_tail(units, level)
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(value, float(low), float(high), level)


def expanded_tail(units: int, level: float) -> float:
    """Return the share to cut off each end; it nears (1 - level) / 2 with many units.

    >>> round(expanded_tail(10, 0.95), 4), round(expanded_tail(1000, 0.95), 4)
    (0.0086, 0.0248)
    """
    from scipy import stats

    quantile = stats.t.ppf((1 - level) / 2, units - 1)
    return float(stats.norm.cdf(math.sqrt(units / (units - 1)) * quantile))
