"""Several objectives: the Pareto front, and how its hypervolume grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.execution.records import TrialRecord
from eegtune.spec.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eegtune.search.pareto import Array
    from eegtune.search.problem import Goal

_MOST_STEPS = 60


@dataclass(frozen=True)
class Front:
    """Trials by all objectives.

    Attributes:
        goals: The objectives.
        records: The trials that have a value of each.
        values: Their values, shape (n, objectives).
        is_front: Which of them no other is better than.
        hypervolumes: After how many trials the front had which hypervolume, as a share of the box
            between the best and the worst values seen.
    """

    goals: tuple[Goal, ...]
    records: tuple[TrialRecord, ...]
    values: Array
    is_front: tuple[bool, ...]
    hypervolumes: tuple[tuple[int, float], ...]


def goals_of(experiment: Experiment) -> tuple[Goal, ...]:
    """Return what is optimized: one metric, or several."""
    from eegtune.search.problem import parse_goals

    return parse_goals(experiment, experiment.spec.algorithm.settings.get("objectives"))


def front(experiment: Experiment, records: Sequence[TrialRecord]) -> Front | None:
    """Return the front of a search with several objectives; None for one, or without results."""
    import numpy as np

    from eegtune.execution.best import COUNTED
    from eegtune.search.pareto import front_mask

    goals = goals_of(experiment)
    kept = [
        record
        for record in records
        if record.condition in COUNTED and all(g.metric in record.trial.metrics for g in goals)
    ]
    if len(goals) < 2 or not kept:
        return None
    values = np.array([[record.trial.metrics[goal.metric] for goal in goals] for record in kept])
    losses = values * np.array([goal.sign for goal in goals])
    is_front = tuple(bool(each) for each in front_mask(losses))
    return Front(goals, tuple(kept), values, is_front, _grown(losses))


def _grown(losses: Array) -> tuple[tuple[int, float], ...]:
    """Return the front's hypervolume as trials came, on the box of all losses."""
    import numpy as np

    from eegtune.search.pareto import hypervolume

    low, high = losses.min(axis=0), losses.max(axis=0)
    box = (losses - low) / np.where(high > low, high - low, 1.0)
    reference = np.ones(box.shape[1])
    steps = sorted({max(1, len(box) * n // _MOST_STEPS) for n in range(1, _MOST_STEPS + 1)})
    return tuple((step, hypervolume(box[:step], reference)) for step in steps)
