"""Finding points that keep the constraints: rejection first, then repair.

Repair changes one parameter at a time to what breaks the fewest constraints. Where it finds
nothing either, the search says how many points it tried.
"""

from __future__ import annotations

import itertools
import math

from eegtune.search.problem import Problem
from eegtune.search.seeds import derive_seed
from eegtune.search.space import Point

_REJECTIONS = 64
_REPAIRS = 40
_VALUES = 24
_LARGEST_LISTING = 200_000
_SAMPLES = 400


def random_feasible(problem: Problem, seed: int) -> Point | None:
    """Return a random point that keeps the constraints; None where none was found."""
    import numpy as np

    generator = np.random.default_rng(seed)
    rules, dimensions = problem.rules, len(problem.space.axes)
    point: Point = ()
    for _ in range(_REJECTIONS):
        point, _ = rules.settle(problem.space.decode(generator.random(dimensions)))
        if rules.allows(point):
            return point
    return repair(problem, point, derive_seed(seed, "repair"))


def repair(problem: Problem, point: Point, seed: int) -> Point | None:
    """Change one parameter after another until the constraints hold; None where it fails."""
    import numpy as np

    generator = np.random.default_rng(seed)
    places = _constrained_places(problem)
    best, fewest = point, len(problem.rules.broken(point))
    for _ in range(_REPAIRS):
        if fewest == 0:
            return best
        place = int(generator.choice(places))
        start = best
        for unit in generator.random(_VALUES):
            text = problem.space.axes[place].text(float(unit))
            changed = (*start[:place], text, *start[place + 1 :])
            candidate, _ = problem.rules.settle(changed)
            broken = len(problem.rules.broken(candidate))
            if broken <= fewest:
                best, fewest = candidate, broken
    return best if fewest == 0 else None


def check_feasible(problem: Problem) -> None:
    """Refuse a problem whose constraints leave nothing.

    Raises:
        ValueError: A finite space has no feasible point (with the constraints that exclude
            everything), or none was found in a continuous one (with how many were tried).
    """
    if not problem.rules.constraints:
        return
    places = _constrained_places(problem)
    sizes = [problem.space.axes[place].size for place in places]
    if all(size is not None for size in sizes):
        count = math.prod(size for size in sizes if size is not None)
        if count <= _LARGEST_LISTING:
            _check_listed(problem, places)
            return
    for attempt in range(_SAMPLES):
        if random_feasible(problem, derive_seed(problem.seed, "check", attempt)) is not None:
            return
    tried = _SAMPLES * (_REJECTIONS + _REPAIRS * _VALUES)
    raise ValueError(
        f"setting 'constraints': none of {tried} points tried keeps all of "
        f"{'; '.join(e.text for e in problem.rules.constraints)}; loosen them"
    )


def _check_listed(problem: Problem, places: list[int]) -> None:
    """Go through all values of the parameters that constraints read."""
    axes = problem.space.axes
    base = tuple(axis.lowest for axis in axes)
    levels = [[axes[p].level(i) for i in range(axes[p].size or 0)] for p in places]
    kept: set[str] = set()
    for values in itertools.product(*levels):
        texts = list(base)
        for place, text in zip(places, values, strict=True):
            texts[place] = text
        point, _ = problem.rules.settle(tuple(texts))
        broken = set(problem.rules.broken(point))
        if not broken:
            return
        kept |= {e.text for e in problem.rules.constraints} - broken
    never = [e.text for e in problem.rules.constraints if e.text not in kept]
    which = "; ".join(never) if never else "; ".join(e.text for e in problem.rules.constraints)
    how = "excludes every point" if len(never) == 1 else "together exclude every point"
    raise ValueError(f"setting 'constraints': {which} {how}; loosen them")


def _constrained_places(problem: Problem) -> list[int]:
    """Return the places of parameters that constraints read, or that decide what they read."""
    names = {name for e in problem.rules.constraints for name in e.names}
    for condition in reversed(problem.rules.conditions):
        if problem.space.names[condition.place] in names:
            names.update(condition.expression.names)
    return sorted(problem.space.names.index(name) for name in names)
