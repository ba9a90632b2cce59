"""Which trial is the best one: Katib's rules, judged at the largest resource.

While a run goes on its best trial is the one with the best value. What is used in the end
(`chosen_trial`) is less a matter of luck: configurations that were evaluated again count with all
their results, and several objectives have a front instead of one best trial.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

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


def leading_trial(
    experiment: Experiment, trials: Sequence[Trial], *, has_ended: bool
) -> Trial | None:
    """Return the trial to show for a run: the chosen one, before its end the best so far."""
    return (chosen_trial if has_ended else best_trial)(experiment, trials)


def chosen_trial(experiment: Experiment, trials: Iterable[Trial]) -> Trial | None:
    """Return the trial whose configuration is to be used; None where none counts."""
    chosen = chosen_trials(experiment, trials)
    return chosen[0] if chosen else None


def chosen_trials(
    experiment: Experiment, trials: Iterable[Trial], count: int | None = None
) -> list[Trial]:
    """Return one trial per configuration, the one to be used first (see `search.leader`).

    Args:
        experiment: The Experiment.
        trials: Its trials.
        count: How many at most; None is one, or the whole front of several objectives.
    """
    counted = [trial for trial in trials if objective_value(experiment, trial) is not None]
    if not _is_decided_by_value(experiment, counted):
        from eegtune.search.leader import choose_front, rank_choices

        choose = choose_front if count is None else rank_choices
        # Settings of another service cannot be read: its trials compare by their values.
        with suppress(ValueError):
            choices = choose(experiment, counted)[:count]
            if choices:
                return [choice.trial for choice in choices]
    return best_trials(experiment, counted, count or 1)


def _is_decided_by_value(experiment: Experiment, counted: list[Trial]) -> bool:
    algorithm = experiment.spec.algorithm
    if algorithm.algorithm_name == "auto":
        return False
    if algorithm.settings.get("objectives") or algorithm.settings.get("outcome_constraints"):
        return False
    return len({tuple(trial.assignments.items()) for trial in counted}) == len(counted)


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
