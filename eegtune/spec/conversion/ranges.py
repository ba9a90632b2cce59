"""Ranges of numbers as other tools take them: bounds, a step, or every value of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from eegtune.spec.experiment import Parameter


class Range(NamedTuple):
    """The range of a double or int parameter.

    Attributes:
        low: Lowest value; whole for an int.
        high: Highest value.
        step: Distance between values, None where there is none to speak of.
        is_log: Whether values are uniform in the logarithm.
        is_int: Whether values are whole.
    """

    low: float
    high: float
    step: float | None
    is_log: bool
    is_int: bool


def range_of(parameter: Parameter, lost: list[str]) -> Range:
    """Return a parameter's range; what a plain range cannot say goes to `lost`."""
    space, name = parameter.feasible_space, parameter.name
    is_int = parameter.parameter_type == "int"
    number = int if is_int else float
    step = None if space.step is None else number(space.step)
    if space.distribution in ("normal", "logNormal"):
        lost.append(f"{name}: the distribution {space.distribution}; a range instead.")
    is_log = space.distribution in ("logUniform", "logNormal")
    if is_log and step is not None:
        lost.append(f"{name}: the step {space.step} on a logarithmic range.")
        step = None
    if is_int and step == 1:
        step = None
    return Range(number(space.min or 0), number(space.max or 0), step, is_log, is_int)


def grid_values(parameter: Parameter, at_most: int | None = None) -> list[float]:
    """Return the values of a range from its lowest one in steps (of 1 where it has none).

    Args:
        parameter: A double or int.
        at_most: How many values are returned at most.
    """
    low, high, step, _, is_int = range_of(parameter, [])
    step = step or 1
    count = int((high - low) / step + 1e-9) + 1
    values = (low + i * step for i in range(count if at_most is None else min(count, at_most)))
    return [value if is_int else float(f"{value:.12g}") for value in values]
