"""Scores with uncertainty: metrics, bootstrap intervals, paired differences."""

from __future__ import annotations

from trial_runner.scoring.differences import Difference, paired_differences
from trial_runner.scoring.intervals import Interval, Score, score_intervals
from trial_runner.scoring.predictions import (
    Predictions,
    PredictionsError,
    load_predictions,
    make_predictions,
)
from trial_runner.scoring.weighted import METRICS, metrics_for

__all__ = [
    "METRICS",
    "Difference",
    "Interval",
    "Predictions",
    "PredictionsError",
    "Score",
    "load_predictions",
    "make_predictions",
    "metrics_for",
    "paired_differences",
    "score_intervals",
]
