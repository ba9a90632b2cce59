"""Change what a parameter may be: freeze it, narrow its range, cut it into a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from eegtune.campaign.document import Around, Grid, Narrow
from eegtune.metrics.observation import finite_number
from eegtune.spec.experiment import FeasibleSpace, Parameter, ParameterType

_LOGARITHMIC = ("logUniform", "logNormal")
_DIGITS = 6


def frozen(parameter: Parameter, value: str) -> Parameter:
    """Return a parameter that has one value; trials then still say which.

    Raises:
        ValueError: The value is not of the parameter's type.
    """
    is_number = parameter.parameter_type != "categorical"
    if is_number and finite_number(value) is None:
        raise ValueError(f"{parameter.name} is {value!r}, which is no number")
    if not is_number and value not in (parameter.feasible_space.values or ()):
        allowed = ", ".join(parameter.feasible_space.values or ())
        raise ValueError(f"{parameter.name} is {value!r}; allowed is one of {allowed}")
    return listed(parameter, [value])


def listed(parameter: Parameter, values: Sequence[str]) -> Parameter:
    """Return a parameter that has listed values."""
    kind: ParameterType = (
        "categorical" if parameter.parameter_type == "categorical" else "discrete"
    )
    return Parameter(
        name=parameter.name,
        parameter_type=kind,
        feasible_space=FeasibleSpace(values=tuple(values)),
    )


def is_frozen(parameter: Parameter) -> bool:
    """Say whether a parameter has one value only."""
    values = parameter.feasible_space.values
    return values is not None and len(set(values)) == 1


def narrowed(parameter: Parameter, rule: Narrow, best: str, top: Sequence[str]) -> Parameter:
    """Return a parameter with a range around the best value.

    Args:
        parameter: The parameter; lists stay as they are unless `rule.top` says otherwise.
        rule: How narrow.
        best: The best value.
        top: The values of the `rule.top` best trials.
    """
    space = parameter.feasible_space
    if space.values is not None:
        if rule.top is None:
            return parameter
        return listed(parameter, [value for value in space.values if value in top])
    low, high = float(space.min or 0), float(space.max or 0)
    around = rule.parameters.get(parameter.name)
    if around is None and rule.top is not None:
        bottom, ceiling = _interval(parameter, [float(value) for value in top], rule.margin)
    else:
        bottom, ceiling = _around(parameter, rule, around, float(best))
    return _bounded(parameter, max(low, bottom), min(high, ceiling), best)


def _around(
    parameter: Parameter, rule: Narrow, around: Around | None, best: float
) -> tuple[float, float]:
    space = parameter.feasible_space
    if around is not None and around.delta is not None:
        return best - around.delta, best + around.delta
    factor = around.factor if around is not None else None
    if factor is None and space.distribution in _LOGARITHMIC:
        factor = rule.factor
    if factor is not None:
        return min(best / factor, best * factor), max(best / factor, best * factor)
    half = rule.share * (float(space.max or 0) - float(space.min or 0))
    return best - half, best + half


def _interval(parameter: Parameter, values: Sequence[float], margin: float) -> tuple[float, float]:
    """Return the interval of values with a margin, on the scale that is searched."""
    if parameter.feasible_space.distribution in _LOGARITHMIC and min(values) > 0:
        low, high = math.log(min(values)), math.log(max(values))
        more = margin * (high - low)
        return math.exp(low - more), math.exp(high + more)
    more = margin * (max(values) - min(values))
    return min(values) - more, max(values) + more


def _bounded(parameter: Parameter, low: float, high: float, best: str) -> Parameter:
    """Return a parameter with other bounds, on the old steps; one value where none is left."""
    space = parameter.feasible_space
    first, last = _number(low), _number(high)
    if space.step is not None or parameter.parameter_type == "int":
        step, start = Decimal(space.step or "1"), Decimal(space.min or "0")
        first = start + step * ((first - start) / step).to_integral_value(ROUND_CEILING)
        last = start + step * ((last - start) / step).to_integral_value(ROUND_FLOOR)
    if first >= last:
        return frozen(parameter, best)
    changed = space.model_copy(update={"min": _text(first), "max": _text(last)})
    return parameter.model_copy(update={"feasible_space": changed})


def gridded(parameter: Parameter, grid: Grid, best: str) -> Parameter:
    """Return a parameter with few values around the best one; a categorical one keeps it."""
    space = parameter.feasible_space
    if parameter.parameter_type == "categorical":
        return frozen(parameter, best)
    if space.values is not None:
        levels = sorted(space.values, key=float)
        place = min(range(len(levels)), key=lambda index: abs(float(levels[index]) - float(best)))
        near = levels[max(0, place - grid.neighbours) : place + grid.neighbours + 1]
        return listed(parameter, near)
    return listed(parameter, _multiples(parameter, grid, best))


def _multiples(parameter: Parameter, grid: Grid, best: str) -> list[str]:
    """Return the best value times each factor, within the range and on its steps."""
    space = parameter.feasible_space
    low, high = Decimal(space.min or "0"), Decimal(space.max or "0")
    step = Decimal(space.step or ("1" if parameter.parameter_type == "int" else "0"))
    found = {_number(float(best)): best}
    for factor in grid.factors:
        value = min(high, max(low, _number(float(best) * factor)))
        if step:
            value = low + step * ((value - low) / step).to_integral_value()
            value = value if value <= high else value - step
        found.setdefault(value, _text(value))
    return [found[value] for value in sorted(found)]


def grid_size(parameters: Sequence[Parameter]) -> int | None:
    """Return how many points there are; None where a parameter is no list."""
    size = 1
    for parameter in parameters:
        if parameter.feasible_space.values is None:
            return None
        size *= len(parameter.feasible_space.values)
    return size


def holds(parameter: Parameter, value: str | None) -> bool:
    """Say whether a value lies in a parameter's space."""
    space = parameter.feasible_space
    if value is None:
        return False
    if parameter.parameter_type == "categorical":
        return value in (space.values or ())
    number = finite_number(value)
    if number is None:
        return False
    if space.values is not None:
        return any(float(each) == number for each in space.values)
    return float(space.min or 0) <= number <= float(space.max or 0)


def _number(value: float) -> Decimal:
    return Decimal(f"{value:.{_DIGITS}g}")


def _text(value: Decimal) -> str:
    number = float(value)
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
