"""The search space of an Experiment, as Katib means it.

A point is one text per parameter, in the Experiment's order. Models work on positions in the
unit cube; an inactive parameter (a condition does not hold) is sent with its lowest or first
value and stays out of the models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from eegtune.search.axes import Axis, ListAxis, RealAxis, StepAxis, parse_decimal
from eegtune.search.scales import Scale
from eegtune.spec.experiment import FeasibleSpace, Parameter

Point = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """The axes of a search, in the Experiment's order."""

    axes: tuple[Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return tuple(axis.name for axis in self.axes)

    @property
    def size(self) -> int | None:
        """How many points there are; None where a parameter is continuous."""
        sizes = [axis.size for axis in self.axes]
        if any(size is None for size in sizes):
            return None
        return math.prod(size for size in sizes if size is not None)

    def decode(self, units: Iterable[float]) -> Point:
        """Return the point at a position of the unit cube."""
        return tuple(axis.text(float(unit)) for axis, unit in zip(self.axes, units, strict=True))

    def encode(self, point: Sequence[str]) -> tuple[float, ...]:
        """Return the position of a point.

        Raises:
            ValueError: A value is not one of its parameter's.
        """
        return tuple(axis.unit(text) for axis, text in zip(self.axes, point, strict=True))

    def canonical(self, assignments: Mapping[str, str]) -> Point | None:
        """Return the point that a trial's values are; None where one is missing or foreign.

        Numbers outside the bounds or between steps count as the nearest value of the space.
        """
        try:
            return tuple([axis.normal(assignments[axis.name]) for axis in self.axes])
        except (KeyError, ValueError):
            return None

    def canonical_all(
        self, many: Sequence[Mapping[str, str]], *, is_exact: bool = True
    ) -> list[Point | None]:
        """Return `canonical` of many assignments, a parameter at a time.

        Args:
            many: The assignments.
            is_exact: Whether real numbers are read too; otherwise their texts stay as they are.
        """
        columns = []
        try:
            for axis in self.axes:
                texts = [each[axis.name] for each in many]
                is_left = isinstance(axis, RealAxis) and not is_exact
                columns.append(texts if is_left else _normal_column(axis, texts))
        except (KeyError, ValueError):  # some are foreign: find out which
            return [self.canonical(each) for each in many]
        return list(zip(*columns, strict=True)) if columns else [()] * len(many)

    def point_number(self, number: int) -> Point:
        """Return a point of a finite space by its number; the last parameter changes fastest."""
        texts = []
        for axis in reversed(self.axes):
            size = axis.size or 1
            number, index = divmod(number, size)
            texts.append(axis.level(index))
        return tuple(reversed(texts))

    def assignments(self, point: Point) -> dict[str, str]:
        """Return a point as values by parameter."""
        return dict(zip(self.names, point, strict=True))


def _normal_column(axis: Axis, texts: list[str]) -> list[str]:
    """Return the normal texts of many values of a parameter, of equal ones once."""
    if isinstance(axis, RealAxis):
        numbers = [float(text) for text in texts]
        if numbers and axis.scale.low <= min(numbers) and max(numbers) <= axis.scale.high:
            normal = [repr(number) for number in numbers]
            if "nan" not in normal:
                return normal
    known = {text: axis.normal(text) for text in set(texts)}
    return [known[text] for text in texts]


def build_space(parameters: Sequence[Parameter]) -> Space:
    """Build the space of an Experiment's parameters.

    Raises:
        ValueError: Bounds, steps or lists that leave nothing to search.
    """
    return Space(tuple(_build_axis(parameter) for parameter in parameters))


def _build_axis(parameter: Parameter) -> Axis:
    feasible = parameter.feasible_space
    if parameter.parameter_type in ("discrete", "categorical"):
        return _build_list(parameter.name, feasible, parameter.parameter_type == "discrete")
    return _build_interval(parameter, feasible)


def _build_list(name: str, feasible: FeasibleSpace, is_discrete: bool) -> ListAxis:
    texts = tuple(dict.fromkeys(feasible.values or ()))
    if not texts:
        raise ValueError(f"parameter {name!r} has an empty list; give at least one value")
    if not is_discrete:
        return ListAxis(name, texts, is_ordered=False, lowest=texts[0])
    numbers = {text: parse_decimal(name, text) for text in texts}
    levels = tuple(sorted(texts, key=lambda text: numbers[text]))
    return ListAxis(name, levels, is_ordered=True, lowest=levels[0])


def _build_interval(parameter: Parameter, feasible: FeasibleSpace) -> Axis:
    name, is_whole = parameter.name, parameter.parameter_type == "int"
    low, high = _read_bounds(name, is_whole, feasible)
    logarithmic = feasible.distribution in ("logUniform", "logNormal")
    bell = feasible.distribution in ("normal", "logNormal")
    if logarithmic and (low < 0 or (low == 0 and not is_whole)):
        raise ValueError(
            f"parameter {name!r} has min {low} with distribution {feasible.distribution}; "
            "a logarithm needs min above 0"
        )
    step = parse_decimal(name, feasible.step) if feasible.step else Decimal(1 if is_whole else 0)
    if step < 0 or (feasible.step and step == 0):
        raise ValueError(f"parameter {name!r} has step {step}; it must be above 0")
    if step == 0:
        return RealAxis(name, Scale(float(low), float(high), logarithmic, bell))
    size = int((high - low) / step) + 1
    half = float(step) / 2
    first, last = float(low), float(low + (size - 1) * step)
    # Half a step beyond both ends, so that the outer values are as likely as the others.
    bottom = first - half if not logarithmic else max(first - half, first / 2, half / 2)
    scale = Scale(bottom, last + half, logarithmic, bell)
    return StepAxis(name, low, step, size, is_whole, scale)


def _read_bounds(name: str, is_whole: bool, feasible: FeasibleSpace) -> tuple[Decimal, Decimal]:
    if feasible.min is None or feasible.max is None:
        raise ValueError(f"parameter {name!r} needs min and max")
    low, high = parse_decimal(name, feasible.min), parse_decimal(name, feasible.max)
    if low > high:
        raise ValueError(f"parameter {name!r} has min {low} above max {high}; swap them")
    if is_whole and (low != int(low) or high != int(high)):
        raise ValueError(f"parameter {name!r} is an int with bounds {low} and {high}")
    return low, high
