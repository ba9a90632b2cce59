"""The rungs of successive halving: which budgets there are, and where a point stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eegtune.search.axes import parse_number
from eegtune.search.problem import Problem
from eegtune.search.space import Point


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a problem.

    Attributes:
        place: The budget parameter's place among the axes.
        budgets: Its value at each rung, the smallest first.
        eta: One of this many goes on.
    """

    place: int
    budgets: tuple[str, ...]
    eta: float

    @property
    def top(self) -> int:
        """The last rung."""
        return len(self.budgets) - 1

    def configuration(self, point: Point) -> Point:
        """Return a point without its budget."""
        return (*point[: self.place], *point[self.place + 1 :])

    def point(self, configuration: Point, rung: int) -> Point:
        """Return a configuration with a rung's budget."""
        head, tail = configuration[: self.place], configuration[self.place :]
        return (*head, self.budgets[rung], *tail)

    def rung_of(self, point: Point) -> int:
        """Return the highest rung whose budget a point has."""
        budget = float(point[self.place])
        return max(
            (rung for rung, text in enumerate(self.budgets) if float(text) <= budget), default=0
        )


def read_ladder(problem: Problem) -> Ladder:
    """Lay out the rungs between the smallest and the largest budget.

    Raises:
        ValueError: No budget parameter, one that is not a number, or limits outside its space.
    """
    options = problem.options
    place = budget_place(problem, options.get("resource") or options.get("resource_name"))
    axis = problem.space.axes[place]
    name = axis.name
    eta = float(options.get("eta") or options.get("reduction_factor") or 3.0)
    lowest, highest = parse_number(name, axis.lowest), parse_number(name, axis.text(1.0))
    largest = options.get("max_resource") or options.get("r_l") or highest
    smallest = options.get("min_resource") or max(lowest, 1e-9 * largest)
    if not lowest <= smallest <= largest <= highest:
        raise ValueError(
            f"budgets from {smallest:g} to {largest:g} lie outside {name!r} "
            f"({lowest:g} to {highest:g}); set min_resource and max_resource within"
        )
    steps = math.floor(math.log(largest / smallest) / math.log(eta) + 1e-9)
    if "min_resource" in options and options["min_resource"] is None and lowest <= 0:
        steps = min(steps, 4)
    wanted = [largest / eta**step for step in range(steps, -1, -1)]
    budgets = dict.fromkeys(axis.text(axis.unit(repr(value))) for value in wanted)
    return Ladder(place, tuple(budgets), eta)


def budget_place(problem: Problem, name: str | None) -> int:
    """Return the place of the budget parameter among the axes.

    Raises:
        ValueError: There is no such parameter, or it is not a number.
    """
    names = problem.space.names
    if name not in names:
        raise ValueError(
            f"algorithm {problem.algorithm} needs setting 'resource' to name the budget "
            f"parameter, got {name!r}; parameters are {', '.join(names)}"
        )
    if not problem.space.axes[names.index(name)].is_ordered:
        raise ValueError(f"the budget parameter {name!r} is categorical; it must be a number")
    return names.index(name)


def all_brackets(ladder: Ladder) -> dict[int, float]:
    """Return Hyperband's shares: about the same budget in every bracket."""
    rungs = ladder.top + 1
    return {
        start: math.ceil(rungs / (ladder.top - start + 1) * ladder.eta ** (ladder.top - start))
        for start in range(rungs)
    }
