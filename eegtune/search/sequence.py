"""Points that follow from their number alone: shuffled grids and independent draws.

What was suggested before need not be seen: place `issued` is next. Points that others tried are
skipped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.seeds import derive_seed
from eegtune.search.shuffle import Shuffle
from eegtune.search.space import Point

# Above this, a finite space is drawn from rather than walked through.
LARGEST_WALK = 1_000_000


def shuffled_points(problem: Problem, start: int) -> Iterator[Point]:
    """Go through all points of a finite space in random order, from a place on."""
    size = problem.space.size or 0
    order = Shuffle(size, problem.seed, "order")
    return (problem.space.point_number(order[place]) for place in range(start, size))


def add_from_order(round_: Round) -> None:
    """Choose the next free points of the shuffled order; exhausted at its end."""
    order = shuffled_points(round_.problem, round_.issued)
    for point in order:
        if not round_.is_open:
            return
        if round_.is_free(point):
            round_.add(point)
    if round_.is_open:
        round_.exhaust()


def add_random(round_: Round) -> None:
    """Choose one random point that is free; mark the round exhausted where there is none."""
    size = round_.problem.space.size
    if not round_.add_first_free(
        lambda attempt: random_point(round_.problem, round_.index, attempt)
    ):
        rest = (p for p in shuffled_points(round_.problem, 0) if round_.is_free(p))
        point = next(rest, None) if size is not None else None
        if point is None:
            round_.exhaust()
        else:
            round_.add(point)


def random_point(problem: Problem, index: int, attempt: int = 0) -> Point:
    """Draw the point of a number from the parameters' distributions."""
    import numpy as np

    seed = derive_seed(problem.seed, "draw", index, attempt)
    return problem.space.decode(np.random.default_rng(seed).random(len(problem.space.axes)))


def take(points: Iterator[Point], count: int) -> list[Point]:
    """Return the first of several points."""
    return list(itertools.islice(points, count))
