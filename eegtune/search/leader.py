"""Which configuration is best, told apart from which trial looked best.

The best of many noisy results is partly luck. The pooled estimate of a configuration combines its
own results, their number, and what the model of all trials expects there; `auto` chooses by it
and spends evaluations on making it sure. With a budget parameter only the largest budget counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.search.engine import compile_problem
from eegtune.search.history import History, Record, read_history
from eegtune.search.problem import Problem
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

if TYPE_CHECKING:
    from eegtune.search.gaussian_process.estimates import Estimates

# With fewer results a model says nothing.
_FEWEST_TO_MODEL = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The configuration that is chosen.

    Attributes:
        trial: Its trial with the best value.
        replicates: How often it was evaluated.
        mean: The mean of its values of the objective metric.
        is_pooled: Whether it was chosen by the pooled estimate rather than by the best value.
    """

    trial: Trial
    replicates: int
    mean: float
    is_pooled: bool


def choose_best(experiment: Experiment, trials: Iterable[Trial]) -> Choice | None:
    """Return the configuration to be used; None where no trial has a result.

    By the pooled estimate where the algorithm is `auto` or configurations were evaluated again,
    else by the best value, as Katib does. Trials that break an outcome constraint are chosen
    only where none keeps them all.
    """
    problem = compile_problem(experiment)
    records = _at_largest_budget(problem, read_history(problem, trials).finished)
    if not records:
        return None
    kept = [record for record in records if record.is_feasible]
    if not kept:
        least = min(record.violation for record in records)
        kept = [record for record in records if record.violation <= least]
    repeats = len(kept) - len({record.point for record in kept})
    pools = problem.algorithm == "auto" or repeats > 0
    if pools and len(problem.goals) == 1 and len(kept) >= _FEWEST_TO_MODEL:
        point = _pooled(problem, kept).best_point
    else:
        point = min(kept, key=lambda record: record.losses[0]).point
        pools = False
    same = [record for record in kept if record.point == point]
    best = min(same, key=lambda record: record.losses[0])
    values = [problem.goals[0].sign * record.losses[0] for record in same]
    assert best.trial is not None
    return Choice(best.trial, len(same), sum(values) / len(values), pools)


def _at_largest_budget(problem: Problem, records: tuple[Record, ...]) -> list[Record]:
    name = problem.options.get("resource") or problem.options.get("resource_name")
    if name not in problem.space.names:
        return list(records)
    place = problem.space.names.index(name)
    largest = max((float(record.point[place]) for record in records), default=0.0)
    return [record for record in records if float(record.point[place]) == largest]


def _pooled(problem: Problem, records: list[Record]) -> Estimates:
    from eegtune.search.gaussian_process.estimates import estimate

    return estimate(problem, History(tuple(records)).finished)
