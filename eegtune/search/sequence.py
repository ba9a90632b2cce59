"""Points that follow from their number alone: shuffled grids and independent draws.

What was suggested before need not be seen: the next point follows from `issued`. Points that
others tried are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from eegtune.search.feasible import random_feasible
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.seeds import derive_seed
from eegtune.search.shuffle import Shuffle
from eegtune.search.space import Point

# Up to this size, random search draws without replacement from a list of all points.
LARGEST_URN = 100_000
# Up to this size, the points that are left are searched for when draws find none.
LARGEST_WALK = 1_000_000
_ATTEMPTS = 200


def add_in_order(round_: Round, size: int, point_at: Callable[[int], Point]) -> None:
    """Choose the next points of an order in which all points come; exhausted at its end.

    Args:
        round_: The round.
        size: How many points there are.
        point_at: Returns the point at a place of the order.
    """
    for point in _in_order(round_.problem, range(size), point_at, round_.issued):
        if not round_.is_open:
            return
        if round_.is_free(point):
            round_.add(point)
    # Places are lost when others tried points; they may be taken up where none is missing.
    if not round_.misses_trials:
        for point in islice(_in_order(round_.problem, range(size), point_at, 0), round_.issued):
            if round_.is_open and round_.is_free(point):
                round_.add(point)
    if round_.is_open:
        round_.exhaust()


def _in_order(
    problem: Problem, places: range, point_at: Callable[[int], Point], skipped: int
) -> Iterator[Point]:
    """Go through the admissible points, at once from the first one that is not skipped."""
    if problem.rules.are_empty:
        return map(point_at, places[skipped:])
    return islice(admissible(problem, map(point_at, places)), skipped, None)


def admissible(problem: Problem, order: Iterator[Point]) -> Iterator[Point]:
    """Go through an order with inactive parameters settled, without repeats and forbidden ones."""
    if problem.rules.are_empty:
        yield from order
        return
    seen: set[Point] = set()
    for point in order:
        settled, _ = problem.rules.settle(point)
        if settled not in seen and problem.rules.allows(settled):
            seen.add(settled)
            yield settled


def shuffled_points(problem: Problem) -> Iterator[Point]:
    """Go through all points of a finite space in random order."""
    size = problem.space.size or 0
    return map(shuffled_point(problem), range(size))


def shuffled_point(problem: Problem) -> Callable[[int], Point]:
    """Return what finds the point at a place of the random order of a finite space."""
    order = Shuffle(problem.space.size or 0, problem.seed, "order")
    return lambda place: problem.space.point_number(order[place])


def drawn_point(problem: Problem) -> Callable[[int], Point]:
    """Return what finds the point of a draw without replacement, likely points come earlier."""
    import numpy as np

    likelihoods = np.ones(1)
    for axis in problem.space.axes:
        shares = np.array([axis.share(index) for index in range(axis.size or 0)])
        likelihoods = np.multiply.outer(likelihoods, shares).ravel()
    generator = np.random.default_rng(derive_seed(problem.seed, "urn"))
    order = np.argsort(generator.exponential(size=len(likelihoods)) / likelihoods)
    return lambda place: problem.space.point_number(int(order[place]))


def add_random(round_: Round) -> None:
    """Choose one random point that is free; mark the round exhausted where there is none."""
    size = round_.problem.space.size
    if round_.add_first(lambda attempt: random_point(round_.problem, round_.index, attempt)):
        return
    if size is not None and size <= LARGEST_WALK:
        rest = admissible(round_.problem, shuffled_points(round_.problem))
        point = next((point for point in rest if round_.is_free(point)), None)
    else:
        point = next(_repaired(round_), None)
    if point is None:
        round_.exhaust()
    else:
        round_.add(point)


def random_point(problem: Problem, index: int, attempt: int = 0) -> Point:
    """Draw the point of a number from the parameters' distributions."""
    import numpy as np

    seed = derive_seed(problem.seed, "draw", index, attempt)
    return problem.space.decode(np.random.default_rng(seed).random(len(problem.space.axes)))


def _repaired(round_: Round) -> Iterator[Point]:
    for attempt in range(_ATTEMPTS):
        point = random_feasible(round_.problem, derive_seed(round_.seed("repair"), attempt))
        admitted = None if point is None else round_.admit(point)
        if admitted is not None:
            yield admitted
