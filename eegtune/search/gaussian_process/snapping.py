"""Positions of real values: candidates are moved to where the space has values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eegtune.search.axes import Axis
from eegtune.search.expressions import Expression
from eegtune.search.gaussian_process.kernel import INACTIVE, Array, Mask
from eegtune.search.history import Record, unit_matrix
from eegtune.search.problem import Problem
from eegtune.search.space import Point, Space

_LARGEST_TABLE = 4096


def name_mask(space: Space) -> Mask:
    """Return which parameters are names without an order, shape (d,)."""
    return np.array([not axis.is_ordered for axis in space.axes], dtype=bool)


def positions(problem: Problem, records: Sequence[Record]) -> Array:
    """Return where records are, inactive parameters nowhere (`INACTIVE`), shape (n, d)."""
    units = unit_matrix(records, len(problem.space.axes))
    active = np.array([record.active for record in records], dtype=bool).reshape(units.shape)
    return np.where(active, units, INACTIVE)


def snap(space: Space, units: Array) -> Array:
    """Return the positions of the values that belong to positions, shape (n, d)."""
    snapped = np.clip(units, 0.0, 1.0)
    for place, axis in enumerate(space.axes):
        if axis.size is None:
            continue
        if axis.size > _LARGEST_TABLE:
            snapped[:, place] = [axis.unit(axis.text(float(u))) for u in snapped[:, place]]
            continue
        centres = np.array([axis.unit(axis.level(index)) for index in range(axis.size)])
        edges = (centres[1:] + centres[:-1]) / 2
        snapped[:, place] = centres[np.searchsorted(edges, snapped[:, place])]
    return snapped


def settle(problem: Problem, units: Array) -> Array:
    """Return positions with values snapped and inactive parameters nowhere (`INACTIVE`)."""
    snapped = snap(problem.space, units)
    for condition in problem.rules.conditions:
        is_inactive = ~_holds(problem, condition.expression, snapped)
        snapped[is_inactive, condition.place] = INACTIVE
    return snapped


def allowed(problem: Problem, settled: Array) -> Mask:
    """Return which settled positions keep all constraints, shape (n,)."""
    kept = np.ones(len(settled), dtype=bool)
    for expression in problem.rules.constraints:
        kept[kept] = _holds(problem, expression, settled[kept])
    return kept


def _holds(problem: Problem, expression: Expression, settled: Array) -> Mask:
    """Evaluate an expression, once for equal positions of what it reads.

    It reads the lowest value of a parameter that does not matter.
    """
    names = expression.names
    places = [problem.space.names.index(name) for name in names]
    rows, inverse = np.unique(settled[:, places], axis=0, return_inverse=True)
    axes = [problem.space.axes[place] for place in places]
    texts = ([_text(axis, float(u)) for axis, u in zip(axes, row, strict=True)] for row in rows)
    found = np.array([problem.rules.holds(expression, given) for given in texts], dtype=bool)
    result: Mask = found[inverse.ravel()]
    return result


def _text(axis: Axis, unit: float) -> str:
    return axis.lowest if unit == INACTIVE else axis.text(unit)


def decode(problem: Problem, row: Array) -> Point:
    """Return the point at a settled position."""
    pairs = zip(problem.space.axes, row, strict=True)
    return tuple(_text(axis, float(unit)) for axis, unit in pairs)
