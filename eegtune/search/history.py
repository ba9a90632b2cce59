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
from typing import TYPE_CHECKING

from eegtune.search.problem import Problem
from eegtune.search.space import Point
from eegtune.spec.trial import Trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class State(Enum):
    """How a trial counts for the search."""

    FINISHED = "finished"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Record:
    """One trial as the search sees it.

    Attributes:
        trial: The trial; None for a point that this very call has chosen.
        point: Its values.
        units: Their positions in the unit cube.
        state: How it counts.
        losses: One number per objective, small is good; empty where it has none.
        weight: How much it counts beside an own trial of this Experiment (1).
    """

    trial: Trial | None
    point: Point
    units: tuple[float, ...]
    state: State
    losses: tuple[float, ...] = ()
    weight: float = 1.0


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

    def with_pending(self, point: Point, units: tuple[float, ...]) -> History:
        """Return a history to which a chosen point has been added."""
        return replace(self, records=(*self.records, Record(None, point, units, State.PENDING)))


def read_history(problem: Problem, history: Iterable[Trial]) -> History:
    """Turn trials into records; those whose values are not of this space are left out."""
    records = (read_trial(problem, trial) for trial in history)
    return History(tuple(record for record in records if record is not None))


def read_trial(problem: Problem, trial: Trial, weight: float = 1.0) -> Record | None:
    """Turn a trial into a record; None where its values are not of this space."""
    point = problem.space.canonical(trial.assignments)
    if point is None:
        return None
    losses = tuple(
        goal.sign * trial.metrics[goal.metric]
        for goal in problem.goals
        if math.isfinite(trial.metrics.get(goal.metric, math.nan))
    )
    has_result = len(losses) == len(problem.goals)
    if not trial.condition.is_completed:
        state, losses = State.PENDING, ()
    elif has_result and trial.condition.value in ("Succeeded", "EarlyStopped"):
        state = State.FINISHED
    else:
        state, losses = State.FAILED, ()
    return Record(trial, point, problem.space.encode(point), state, losses, weight)


def unit_matrix(records: Sequence[Record], dimensions: int) -> NDArray[np.float64]:
    """Return positions as an array of shape (records, dimensions)."""
    import numpy as np

    if not records:
        return np.empty((0, dimensions))
    return np.array([record.units for record in records], dtype=float)


def loss_matrix(records: Sequence[Record]) -> NDArray[np.float64]:
    """Return losses as an array of shape (records, objectives)."""
    import numpy as np

    return np.array([record.losses for record in records], dtype=float)
