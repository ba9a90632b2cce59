"""Which configuration is best, told apart from which trial looked best.

The best of many noisy results is partly luck. The pooled estimate of a configuration combines its
own results, their number, and what the model of all trials expects there; `auto` chooses by it
and spends evaluations on making it sure. With a budget parameter only the largest budget counts.
Several objectives have no single best configuration but a front, of which none is better than
another in everything; its members are compared by the means of their results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from eegtune.search.engine import compile_problem
from eegtune.search.history import Record, read_history
from eegtune.search.problem import Problem
from eegtune.search.space import Point
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

# With fewer results a model says nothing.
_FEWEST_TO_MODEL = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """A configuration that is chosen.

    Attributes:
        trial: Its trial with the best value (several objectives: its first trial).
        replicates: How often it was evaluated.
        means: The means of its values, one per objective, in their order.
        is_pooled: Whether it was chosen by more than its best value: by the pooled estimate, or
            by the means of repeated results.
    """

    trial: Trial
    replicates: int
    means: tuple[float, ...]
    is_pooled: bool

    @property
    def mean(self) -> float:
        """The mean of its values of the first objective."""
        return self.means[0]


def choose_best(experiment: Experiment, trials: Iterable[Trial]) -> Choice | None:
    """Return the configuration to be used; None where no trial has a result.

    By the pooled estimate where the algorithm is `auto` or configurations were evaluated again
    (by their means where trials are too few for a model), else by the best value, as Katib does.
    Trials that break an outcome constraint are chosen only where none keeps them all. Of several
    objectives' front it is the one that is best in the Experiment's own objective.
    """
    ranked = rank_choices(experiment, trials)
    return ranked[0] if ranked else None


def choose_front(experiment: Experiment, trials: Iterable[Trial]) -> tuple[Choice, ...]:
    """Return the Pareto front, the best in the Experiment's own objective first.

    No other configuration is at least as good in every objective and better in one. With one
    objective it is the single configuration of `choose_best`.
    """
    problem, kept = _candidates(experiment, trials)
    return _front(problem, kept) if len(problem.goals) > 1 else _ranked(problem, kept)[:1]


def rank_choices(experiment: Experiment, trials: Iterable[Trial]) -> tuple[Choice, ...]:
    """Return one choice per configuration, the best first; several objectives: the front."""
    problem, kept = _candidates(experiment, trials)
    return _front(problem, kept) if len(problem.goals) > 1 else _ranked(problem, kept)


def _candidates(experiment: Experiment, trials: Iterable[Trial]) -> tuple[Problem, list[Record]]:
    """Return the records that may be chosen: those that break the limits least."""
    problem = compile_problem(experiment)
    records = _at_largest_budget(problem, read_history(problem, trials).finished)
    least = min((max(record.violation, 0.0) for record in records), default=0.0)
    return problem, [record for record in records if record.violation <= least]


def _at_largest_budget(problem: Problem, records: tuple[Record, ...]) -> list[Record]:
    name = problem.options.get("resource") or problem.options.get("resource_name")
    if name not in problem.space.names:
        return list(records)
    place = problem.space.names.index(name)
    largest = max((float(record.point[place]) for record in records), default=0.0)
    return [record for record in records if float(record.point[place]) == largest]


def _ranked(problem: Problem, kept: Sequence[Record]) -> tuple[Choice, ...]:
    """Order configurations by one objective."""
    groups = _by_point(kept)
    values = {point: fmean(r.losses[0] for r in group) for point, group in groups.items()}
    is_repeated = len(groups) < len(kept)
    is_modelled = len(kept) >= _FEWEST_TO_MODEL and (is_repeated or problem.algorithm == "auto")
    pools = is_repeated or is_modelled
    if is_modelled:
        # Beyond some hundred trials the model has not seen all; the others come behind.
        pooled = _pooled(problem, kept)
        values = {point: pooled[point] for point in groups if point in pooled}
    # Sorting is stable: of equal ones the first stays first.
    return tuple(
        _choice(problem, groups[point], pools) for point in sorted(values, key=values.__getitem__)
    )


def _front(problem: Problem, kept: Sequence[Record]) -> tuple[Choice, ...]:
    """Return the configurations whose mean results no other dominates."""
    import numpy as np

    from eegtune.search.pareto import front_mask

    groups = _by_point(kept)
    if not groups:
        return ()
    losses = np.array(
        [np.mean([record.losses for record in group], axis=0) for group in groups.values()]
    )
    pools = len(groups) < len(kept)
    names = [goal.metric for goal in problem.goals]
    own = problem.experiment.spec.objective.objective_metric_name
    first = names.index(own) if own in names else 0
    chosen = zip(losses[:, first], groups.values(), front_mask(losses), strict=True)
    members = [(loss, group) for loss, group, is_kept in chosen if is_kept]
    return tuple(_choice(problem, group, pools) for _, group in sorted(members, key=_loss))


def _loss(member: tuple[float, list[Record]]) -> float:
    return float(member[0])


def _by_point(records: Sequence[Record]) -> dict[Point, list[Record]]:
    groups: dict[Point, list[Record]] = {}
    for record in records:
        groups.setdefault(record.point, []).append(record)
    return groups


def _choice(problem: Problem, group: list[Record], is_pooled: bool) -> Choice:
    is_single = len(problem.goals) == 1
    best = min(group, key=lambda record: record.losses[0]) if is_single else group[0]
    assert best.trial is not None
    columns = zip(*(record.losses for record in group), strict=True)
    means = tuple(
        goal.sign * sum(column) / len(group)
        for goal, column in zip(problem.goals, columns, strict=True)
    )
    return Choice(best.trial, len(group), means, is_pooled)


def _pooled(problem: Problem, records: Sequence[Record]) -> dict[Point, float]:
    """Return the estimated loss of each configuration that the model has seen."""
    from eegtune.search.gaussian_process.estimates import estimate

    estimates = estimate(problem, records)
    return dict(zip(estimates.points, estimates.means.tolist(), strict=True))
