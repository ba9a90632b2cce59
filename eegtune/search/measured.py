"""What a run so far says of the trials to come: how long a full one takes, how good they are.

With a budget parameter most trials are short and later ones go on where earlier ones ended. A
full trial's time is then that of all rungs of one configuration together, and only trials with
the largest budget say how good full ones are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from eegtune.search.problem import Problem
from eegtune.search.recorded import trial_seconds
from eegtune.spec.trial import Trial, TrialCondition

_WITH_RESULT = (TrialCondition.SUCCEEDED, TrialCondition.EARLY_STOPPED)


def full_trial_seconds(problem: Problem, trials: Sequence[Trial]) -> float | None:
    """Return the median time of a full trial; None where no trial has succeeded.

    Where none has come to the largest budget, the time of those that came farthest is taken to
    grow with the budget.
    """
    timed = [
        (trial, seconds)
        for trial in trials
        if trial.condition is TrialCondition.SUCCEEDED
        and (seconds := trial_seconds(trial)) is not None
    ]
    name = budget_name(problem)
    if name is None or not timed:
        return median(seconds for _, seconds in timed) if timed else None
    spent: dict[tuple[str, ...], float] = {}
    reached: dict[tuple[str, ...], float] = {}
    for trial, seconds in timed:
        key = tuple(v for other, v in sorted(trial.assignments.items()) if other != name)
        spent[key] = spent.get(key, 0.0) + seconds
        reached[key] = max(reached.get(key, 0.0), float(trial.assignments[name]))
    farthest = max(reached.values())
    full = median(spent[key] for key, budget in reached.items() if budget == farthest)
    return full * largest_budget(problem, name) / farthest


def full_values(problem: Problem, trials: Sequence[Trial]) -> list[float]:
    """Return the objective values of trials with the largest budget that was reached."""
    metric = problem.experiment.spec.objective.objective_metric_name
    kept = [t for t in trials if t.condition in _WITH_RESULT and metric in t.metrics]
    name = budget_name(problem)
    if name is not None:
        largest = max((float(t.assignments[name]) for t in kept), default=0.0)
        kept = [t for t in kept if float(t.assignments[name]) == largest]
    return [trial.metrics[metric] for trial in kept]


def budget_name(problem: Problem) -> str | None:
    """Return the parameter that is the budget, if the Experiment names one."""
    name = problem.options.get("resource") or problem.options.get("resource_name")
    return str(name) if name in problem.space.names else None


def largest_budget(problem: Problem, name: str) -> float:
    """Return the budget of a full trial."""
    options: Mapping[str, object] = problem.options
    given = options.get("max_resource") or options.get("r_l")
    axis = problem.space.axes[problem.space.names.index(name)]
    return float(str(given)) if given else float(axis.text(1.0))
