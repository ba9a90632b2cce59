"""The budgets of a population's generations, and how members explore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.search.axes import Axis, RealAxis, StepAxis, parse_number
from eegtune.search.ladder import budget_place
from eegtune.search.problem import Problem
from eegtune.search.space import Point

if TYPE_CHECKING:
    import numpy as np

_FACTORS = (0.8, 1.2)
_DEFAULT_GENERATIONS = 10
_ENDLESS = 10**6


@dataclass(frozen=True, slots=True)
class Budgets:
    """What the budget parameter is in each generation.

    Attributes:
        place: Its place among the axes; None where there is none and every step costs the same.
        values: Its value in each generation.
    """

    place: int | None
    values: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """The last generation."""
        return len(self.values) - 1 if self.raises else _ENDLESS

    @property
    def raises(self) -> bool:
        """Whether there is a budget parameter."""
        return self.place is not None

    def at(self, point: Point, generation: int) -> Point:
        """Return a point with the budget of a generation."""
        if self.place is None:
            return point
        value = self.values[min(generation, self.last)]
        return (*point[: self.place], value, *point[self.place + 1 :])


def read_budgets(problem: Problem) -> Budgets:
    """Lay out the generations' budgets in equal steps.

    Raises:
        ValueError: The budget parameter does not exist or is not a number.
    """
    name = problem.options["resource"]
    if name is None:
        return Budgets(None)
    place = budget_place(problem, name)
    axis = problem.space.axes[place]
    lowest, highest = parse_number(name, axis.lowest), parse_number(name, axis.text(1.0))
    largest = problem.options["max_resource"] or highest
    first = problem.options["min_resource"] or 0.0
    step = problem.options["resource_step"] or first or largest / _DEFAULT_GENERATIONS
    count = max(1, round((largest - max(first, step)) / step) + 1)
    start = first or step
    wanted = [min(start + number * step, largest) for number in range(count)]
    texts = (axis.text(axis.unit(repr(max(value, lowest)))) for value in wanted)
    return Budgets(place, tuple(dict.fromkeys(texts)))


def read_changeable(problem: Problem) -> tuple[int, ...]:
    """Return the places of the parameters that may change on resume.

    Raises:
        ValueError: A name that is no parameter.
    """
    text, names = problem.options["may_change"], problem.space.names
    resource = problem.options["resource"]
    if not text:
        return tuple(i for i, name in enumerate(names) if name != resource)
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise ValueError(
            f"setting 'may_change' names {', '.join(unknown)}; parameters are {', '.join(names)}"
        )
    return tuple(names.index(name) for name in wanted if name != resource)


def explore(problem: Problem, point: Point, generator: np.random.Generator) -> Point:
    """Return a point whose changeable parameters are perturbed or drawn anew."""
    texts = list(point)
    for place in read_changeable(problem):
        axis = problem.space.axes[place]
        if generator.random() < problem.options["resample_probability"]:
            texts[place] = axis.text(float(generator.random()))
        else:
            texts[place] = perturb(axis, texts[place], generator)
    return tuple(texts)


def perturb(axis: Axis, text: str, generator: np.random.Generator) -> str:
    """Return a number times 0.8 or 1.2, at least a step away, or a listed neighbour."""
    if not axis.is_ordered:
        return text
    factor = _FACTORS[int(generator.integers(0, 2))]
    if isinstance(axis, RealAxis):
        return axis.text(axis.unit(repr(float(text) * factor)))
    index = axis.index(text)
    moved = index + (1 if factor > 1 else -1)
    if isinstance(axis, StepAxis):
        scaled = axis.index(repr(float(text) * factor))
        moved = scaled if scaled != index else moved
    return axis.level(min(max(moved, 0), (axis.size or 1) - 1))
