"""One value for every parameter, to show what a trial would look like."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter


def example_assignments(experiment: Experiment, given: Mapping[str, str]) -> dict[str, str]:
    """Return the given values, and for other parameters the middle of their space.

    Raises:
        ValueError: A value is given for a parameter that does not exist.
    """
    names = [parameter.name for parameter in experiment.spec.parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(
            f"there is no parameter {', '.join(unknown)}; there are {', '.join(names)}"
        )
    return {p.name: given.get(p.name, middle(p)) for p in experiment.spec.parameters}


def middle(parameter: Parameter) -> str:
    """Return the first listed value, or the middle of a range, on its step where it has one."""
    space = parameter.feasible_space
    if space.values:
        return space.values[0]
    low, high = float(space.min or 0), float(space.max or 0)
    value = (low + high) / 2
    if space.distribution in ("logUniform", "logNormal") and low > 0:
        value = math.sqrt(low * high)
    if space.step:
        value = low + float(space.step) * int((value - low) / float(space.step))
    return str(int(value)) if parameter.parameter_type == "int" else f"{value:.6g}"
