"""Configurations that a person wants to be tried first (setting `initial_points`)."""

from __future__ import annotations

import json
from typing import Any

from eegtune.search.problem import Problem
from eegtune.search.space import Point


def read_initial_points(problem: Problem) -> tuple[Point, ...]:
    """Parse the setting: a JSON list of objects, one value per parameter.

    Parameters that are left out have their first or lowest value.

    Raises:
        ValueError: Not such a list, an unknown parameter, or a value outside its space.
    """
    text = problem.options.get("initial_points")
    if not text:
        return ()
    try:
        items = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"setting 'initial_points' is not JSON: {error}") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(
            "setting 'initial_points' must be a JSON list of objects, such as "
            '[{"learning_rate": "0.001"}]'
        )
    return tuple(_read_point(problem, number, item) for number, item in enumerate(items))


def _read_point(problem: Problem, number: int, item: dict[str, Any]) -> Point:
    unknown = sorted(set(item) - set(problem.space.names))
    if unknown:
        raise ValueError(
            f"setting 'initial_points'[{number}] names {', '.join(unknown)}; "
            f"parameters are {', '.join(problem.space.names)}"
        )
    texts = {axis.name: axis.lowest for axis in problem.space.axes}
    for axis in problem.space.axes:
        if axis.name in item:
            value = item[axis.name]
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            axis.index(text) if axis.size is not None else axis.unit(text)
            texts[axis.name] = text
    point = problem.space.canonical(texts)
    if point is None:
        raise ValueError(f"setting 'initial_points'[{number}] is not a point of the space")
    settled, _ = problem.rules.settle(point)
    broken = problem.rules.broken(settled)
    if broken:
        raise ValueError(f"setting 'initial_points'[{number}] breaks {'; '.join(broken)}")
    return settled
