"""What is known so far, in the form that models need.

Failed and killed trials and those without metrics count as failures: models learn that their
points are bad. Early-stopped trials count with the value they had. Metrics are finite by
contract; a trial that lacks an objective is a failure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from eegtune.search.axes import Axis
from eegtune.search.problem import Problem
from eegtune.search.space import Point
from eegtune.spec.trial import Trial, TrialCondition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_WITH_RESULT = (TrialCondition.SUCCEEDED, TrialCondition.EARLY_STOPPED)


class State(Enum):
    """How a trial counts for the search."""

    FINISHED = "finished"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True)
class Record:
    """One trial as the search sees it.

    Attributes:
        trial: The trial; None for a point that this very call has chosen.
        point: Its values.
        axes: What they are values of.
        state: How it counts.
        active: Which parameters matter in it.
        losses: One number per objective, small is good; empty where it has none.
        excesses: One number per outcome constraint; it is kept where the number is at most 0.
        weight: How much it counts beside an own trial of this Experiment (1).
    """

    trial: Trial | None
    point: Point
    axes: tuple[Axis, ...]
    state: State
    active: tuple[bool, ...] = ()
    losses: tuple[float, ...] = ()
    excesses: tuple[float, ...] = ()
    weight: float = 1.0

    @cached_property
    def units(self) -> tuple[float, ...]:
        """The values' positions in the unit cube; only models ask for them."""
        return tuple([axis.unit(text) for axis, text in zip(self.axes, self.point, strict=True)])

    @property
    def violation(self) -> float:
        """How far it is beyond the outcome constraints altogether; 0 where it keeps them."""
        return sum(excess for excess in self.excesses if excess > 0) if self.excesses else 0.0

    @property
    def is_feasible(self) -> bool:
        """Whether it has a result that keeps the outcome constraints."""
        return self.state is State.FINISHED and self.violation <= 0


@dataclass(frozen=True, slots=True)
class History:
    """All records, prior ones first, then in the order in which trials came."""

    records: tuple[Record, ...]

    @property
    def finished(self) -> tuple[Record, ...]:
        """Those with a result."""
        return tuple(r for r in self.records if r.state is State.FINISHED)

    @property
    def completed(self) -> tuple[Record, ...]:
        """Those with a result and those that failed."""
        return tuple(r for r in self.records if r.state is not State.PENDING)

    @property
    def pending(self) -> tuple[Record, ...]:
        """Those that run, or were chosen in this call."""
        return tuple(r for r in self.records if r.state is State.PENDING)

    def with_pending(self, problem: Problem, point: Point) -> History:
        """Return a history to which a chosen point has been added."""
        _, active = problem.rules.settle(point)
        record = Record(None, point, problem.space.axes, State.PENDING, active)
        return replace(self, records=(*self.records, record))


def read_history(problem: Problem, history: Iterable[Trial]) -> History:
    """Turn trials into records; those whose values are not of this space are left out."""
    trials = list(history)
    pairs = zip(trials, read_points(problem, trials), strict=True)
    return History(
        tuple(_record(problem, trial, given) for trial, given in pairs if given is not None)
    )


def read_points(problem: Problem, trials: Sequence[Trial]) -> list[Point | None]:
    """Return what trials tried, before conditions are looked at; None where it is foreign."""
    return problem.space.canonical_all([trial.assignments for trial in trials])


def read_trial(problem: Problem, trial: Trial, weight: float = 1.0) -> Record | None:
    """Turn a trial into a record; None where its values are not of this space."""
    given = problem.space.canonical(trial.assignments)
    return None if given is None else _record(problem, trial, given, weight)


def _record(problem: Problem, trial: Trial, given: Point, weight: float = 1.0) -> Record:
    point, active = problem.rules.settle(given)
    losses: tuple[float, ...] = ()
    state = State.PENDING
    if trial.condition.is_completed:
        losses = _losses(problem, trial) if trial.condition in _WITH_RESULT else ()
        state = State.FINISHED if losses else State.FAILED
    excesses: tuple[float, ...] = ()
    if losses and problem.limits:
        excesses = tuple(limit.excess(trial.metrics) for limit in problem.limits)
    return Record(trial, point, problem.space.axes, state, active, losses, excesses, weight)


def _losses(problem: Problem, trial: Trial) -> tuple[float, ...]:
    """Return one loss per objective; none at all where one of them is missing."""
    losses = []
    for goal in problem.goals:
        value = trial.metrics.get(goal.metric)
        if value is None or not math.isfinite(value):
            return ()
        losses.append(goal.sign * value)
    return tuple(losses)


def unit_matrix(records: Sequence[Record], dimensions: int) -> NDArray[np.float64]:
    """Return positions as an array of shape (records, dimensions)."""
    import numpy as np

    units = np.empty((len(records), dimensions))
    for place, axis in enumerate(records[0].axes if records else ()):
        texts = [record.point[place] for record in records]
        known = {text: axis.unit(text) for text in set(texts)}
        units[:, place] = [known[text] for text in texts]
    return units


def loss_matrix(records: Sequence[Record]) -> NDArray[np.float64]:
    """Return losses as an array of shape (records, objectives)."""
    import numpy as np

    return np.array([record.losses for record in records], dtype=float)
