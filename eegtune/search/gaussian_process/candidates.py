"""Where an acquisition function is looked at: everywhere a little, near good points much."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eegtune.search.feasible import random_feasible
from eegtune.search.gaussian_process.kernel import INACTIVE, Array
from eegtune.search.gaussian_process.snapping import allowed, settle
from eegtune.search.problem import Problem

_EVERYWHERE = 1200
_LEADERS = 8
_ROUNDS = 3
_WIDTHS = (0.2, 0.07, 0.02)
# Constraints may leave few of the drawn positions; then some are found one by one.
_FEWEST = 100
_LEVELS = 64

Score = Callable[[Array], Array]


def search(
    problem: Problem, score: Score, leaders: Array, generator: np.random.Generator
) -> Array:
    """Return candidate positions, the most promising first, shape (n, d).

    Args:
        problem: The problem.
        score: How promising positions are; large is good.
        leaders: Positions of the best known points, the best first, shape (m, d).
        generator: Random numbers.
    """
    pool = _first_pool(problem, leaders[:_LEADERS], generator)
    scores = score(pool)
    for number in range(_ROUNDS):
        best = pool[np.argsort(-scores)[:_LEADERS]]
        near = _admissible(problem, _near(problem, best, _WIDTHS[number] / 2, generator, 24))
        pool, scores = np.vstack([pool, near]), np.concatenate([scores, score(near)])
    return pool[np.argsort(-scores, kind="stable")]


def _admissible(problem: Problem, units: Array) -> Array:
    """Return the positions that keep the constraints, settled.

    The others must not be scored: nothing is ever known of them, so that an acquisition function
    likes them best and what is refined would be places where no trial may go.
    """
    settled = settle(problem, units)
    return settled[allowed(problem, settled)]


def _first_pool(problem: Problem, leaders: Array, generator: np.random.Generator) -> Array:
    dimensions = len(problem.space.axes)
    parts = [generator.random((_EVERYWHERE, dimensions))]
    if len(leaders):
        parts += [_near(problem, leaders, width, generator, 20) for width in _WIDTHS]
        parts += [_one_changed(problem, leader, generator) for leader in leaders]
        parts.append(_two_changed(leaders, generator, 40))
    pool = _admissible(problem, np.vstack(parts))
    if len(pool) >= _FEWEST:
        return pool
    seeds = generator.integers(0, 2**32, _FEWEST - len(pool))
    points = [random_feasible(problem, int(seed)) for seed in seeds]
    found = [problem.space.encode(point) for point in points if point is not None]
    return np.vstack([pool, settle(problem, np.array(found).reshape(-1, dimensions))])


def _near(
    problem: Problem, centres: Array, width: float, generator: np.random.Generator, count: int
) -> Array:
    """Move some coordinates of each centre a little; names are drawn anew."""
    dimensions = centres.shape[1]
    repeated = _copies(centres, count, generator)
    moved = repeated + generator.normal(0.0, width, repeated.shape)
    moved = np.where((moved < 0) | (moved > 1), np.abs(moved) % 1.0, moved)
    is_name = np.array([not axis.is_ordered for axis in problem.space.axes])
    moved[:, is_name] = generator.random((len(moved), int(is_name.sum())))
    change = generator.random(repeated.shape) < max(0.3, 1.5 / dimensions)
    change[np.arange(len(moved)), generator.integers(0, dimensions, len(moved))] = True
    return np.where(change, moved, repeated)


def _copies(centres: Array, count: int, generator: np.random.Generator) -> Array:
    """Repeat positions; what does not matter there is drawn, as it may matter after a change."""
    repeated = np.repeat(centres, count, axis=0)
    return np.where(repeated == INACTIVE, generator.random(repeated.shape), repeated)


def _one_changed(problem: Problem, leader: Array, generator: np.random.Generator) -> Array:
    """Change one finite parameter to each of its values."""
    rows = []
    for place, axis in enumerate(problem.space.axes):
        if axis.size is None or axis.size > _LEVELS:
            continue
        for index in range(axis.size):
            row = _copies(leader[None], 1, generator)[0]
            row[place] = axis.unit(axis.level(index))
            rows.append(row)
    return np.array(rows).reshape(-1, len(leader))


def _two_changed(leaders: Array, generator: np.random.Generator, count: int) -> Array:
    repeated = _copies(leaders, count, generator)
    rows = np.arange(len(repeated))
    for _ in range(2):
        places = generator.integers(0, leaders.shape[1], len(repeated))
        repeated[rows, places] = generator.random(len(repeated))
    return repeated
