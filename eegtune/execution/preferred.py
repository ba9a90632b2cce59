"""Of the trials of a search with several objectives, those that a user can live with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

_SETTING = "setting 'outcome_constraints'"


class NothingPreferredError(ValueError):
    """No trial is what was asked for."""


def preferred_trials(experiment: Experiment, trials: Sequence[Trial], wanted: str) -> list[Trial]:
    """Return the trials of which all that is wanted holds.

    Args:
        experiment: Whose metrics may be named.
        trials: With or without results.
        wanted: `metric < number`, or any CEL expressions over metrics, separated by `;`.

    Raises:
        NothingPreferredError: It holds of none; the message says what comes nearest.
        ValueError: It is no such expression, or names another metric.
    """
    from eegtune.search.outcome import read_outcome_constraints

    try:
        limits = read_outcome_constraints(wanted, experiment.spec.objective.metric_names)
    except ValueError as error:
        raise ValueError(str(error).replace(_SETTING, "--prefer")) from None
    if not limits:
        raise ValueError("--prefer is empty; write for example 'latency_ms < 20'")
    excesses = [(max(limit.excess(one.metrics) for limit in limits), one) for one in trials]
    kept = [trial for excess, trial in excesses if excess <= 0 and trial.metrics]
    with_result = [(excess, one.metrics) for excess, one in excesses if one.metrics]
    if not kept and with_result:
        _, nearest = min(with_result, key=lambda pair: pair[0])
        raise NothingPreferredError(
            f"no configuration has {wanted}; the nearest has {_shown(nearest)}"
        )
    return kept


def _shown(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())
