"""Positions of real values: candidates are moved to where the space has values."""

from __future__ import annotations

import numpy as np

from eegtune.search.gaussian_process.kernel import Array, Mask
from eegtune.search.problem import Problem
from eegtune.search.space import Space

_LARGEST_TABLE = 4096


def name_mask(space: Space) -> Mask:
    """Return which parameters are names without an order, shape (d,)."""
    return np.array([not axis.is_ordered for axis in space.axes], dtype=bool)


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
    """Return positions with values snapped and inactive parameters at their lowest value."""
    snapped = snap(problem.space, units)
    if not problem.rules.conditions:
        return snapped
    space = problem.space
    points = (problem.rules.settle(space.decode(row))[0] for row in snapped)
    return np.array([space.encode(point) for point in points]).reshape(snapped.shape)
