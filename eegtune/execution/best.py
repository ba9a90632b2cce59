"""Which trial is the best one: Katib's rules, judged at the largest resource."""

from __future__ import annotations

from collections.abc import Iterable

from eegtune.metrics.observation import finite_number
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

COUNTED = (TrialCondition.SUCCEEDED, TrialCondition.EARLY_STOPPED)


def objective_value(experiment: Experiment, trial: Trial) -> float | None:
    """Return a trial's value of the objective where it counts towards best and goal.

    Trials of a search that spends a resource (epochs, folds …) in rungs count only where they
    had the largest one: values at different resources do not compare.
    """
    if trial.condition not in COUNTED:
        return None
    name, largest = _resource(experiment)
    if name is not None and finite_number(trial.assignments.get(name, "")) != largest:
        return None
    return trial.metrics.get(experiment.spec.objective.objective_metric_name)


def best_trial(experiment: Experiment, trials: Iterable[Trial]) -> Trial | None:
    """Return the best trial; of equal ones the first, None where none counts."""
    ranked = best_trials(experiment, trials, 1)
    return ranked[0] if ranked else None


def best_trials(experiment: Experiment, trials: Iterable[Trial], count: int) -> list[Trial]:
    """Return the best trials, the best first."""
    sign = 1.0 if experiment.spec.objective.type == "minimize" else -1.0
    valued = [(objective_value(experiment, trial), trial) for trial in trials]
    counted = [(sign * value, trial) for value, trial in valued if value is not None]
    return [trial for _, trial in sorted(counted, key=lambda pair: pair[0])[:count]]


def _resource(experiment: Experiment) -> tuple[str | None, float | None]:
    settings = experiment.spec.algorithm.settings
    name = settings.get("resource") or settings.get("resource_name")
    for parameter in experiment.spec.parameters:
        if parameter.name == name:
            space = parameter.feasible_space
            values = [*(space.values or ()), *([space.max] if space.max else [])]
            given = settings.get("max_resource") or settings.get("r_l")
            numbers = [finite_number(text) for text in ([given] if given else values)]
            return name, max((each for each in numbers if each is not None), default=None)
    return None, None
