"""How alike two tasks are: which earlier runs are worth learning from.

Tasks are alike where they search the same parameters over the same values, for the same metric,
and where their descriptions (component, data, channels and so on) agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eegtune.search.axes import Axis
from eegtune.search.space import build_space
from eegtune.spec.experiment import Experiment

_SPACE, _METRIC, _METADATA = 0.5, 0.2, 0.3


class Task(NamedTuple):
    """An Experiment and what is known of its data, such as `{"dataset": "scp1"}`."""

    experiment: Experiment
    metadata: Mapping[str, str]


def similarity(first: Task, second: Task) -> float:
    """Return how alike two tasks are, from 0 (nothing in common) to 1 (the same)."""
    objective, other = first.experiment.spec.objective, second.experiment.spec.objective
    metric = float(
        (objective.objective_metric_name, objective.type)
        == (other.objective_metric_name, other.type)
    )
    described = _agreement(first.metadata, second.metadata)
    parts = [(_SPACE, space_overlap(first.experiment, second.experiment)), (_METRIC, metric)]
    if described is not None:
        parts.append((_METADATA, described))
    return sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)


def rank_runs(task: Task, others: Sequence[Task]) -> list[tuple[float, int]]:
    """Return (similarity, number) of earlier tasks, the most alike first."""
    scored = [(similarity(task, other), number) for number, other in enumerate(others)]
    return sorted(scored, key=lambda pair: (-pair[0], pair[1]))


def space_overlap(first: Experiment, second: Experiment) -> float:
    """Return the shared part of two spaces: mean overlap over all parameters of either."""
    ours = {axis.name: axis for axis in build_space(first.spec.parameters).axes}
    theirs = {axis.name: axis for axis in build_space(second.spec.parameters).axes}
    names = sorted(set(ours) | set(theirs))
    if not names:
        return 1.0
    shared = [
        _overlap(ours[name], theirs[name]) if name in ours and name in theirs else 0.0
        for name in names
    ]
    return sum(shared) / len(names)


def _overlap(first: Axis, second: Axis) -> float:
    if not (first.is_ordered and second.is_ordered):
        if first.is_ordered or second.is_ordered:
            return 0.0
        ours = {first.level(i) for i in range(first.size or 0)}
        theirs = {second.level(i) for i in range(second.size or 0)}
        return len(ours & theirs) / len(ours | theirs)
    low, high = float(first.text(0.0)), float(first.text(1.0))
    other_low, other_high = float(second.text(0.0)), float(second.text(1.0))
    inner = min(high, other_high), max(low, other_low)
    if inner[0] < inner[1]:
        both = abs(first.unit(repr(inner[0])) - first.unit(repr(inner[1])))
        back = abs(second.unit(repr(inner[0])) - second.unit(repr(inner[1])))
        return (both + back) / 2
    return float((low, high) == (other_low, other_high))


def _agreement(first: Mapping[str, str], second: Mapping[str, str]) -> float | None:
    names = set(first) & set(second)
    if not names:
        return None
    return sum(first[name] == second[name] for name in names) / len(names)
