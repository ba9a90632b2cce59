"""What metrics of test data are called in tables."""

from __future__ import annotations


def metric_titles() -> dict[str, str]:
    """Return the titles by metric; others are called by their names."""
    from trial_runner.scoring.measurements import TITLES
    from trial_runner.scoring.weighted import METRICS

    return TITLES | {name: metric.title for name, metric in METRICS.items()}
