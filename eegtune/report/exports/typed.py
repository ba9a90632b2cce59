"""Parameter values as numbers, names and truth values instead of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eegtune.spec.experiment import Experiment, Parameter


def typed_values(experiment: Experiment, assignments: Mapping[str, str]) -> dict[str, Any]:
    """Return a trial's values, each of its parameter's type."""
    parameters = {parameter.name: parameter for parameter in experiment.spec.parameters}
    return {
        name: typed_value(parameters[name], text) if name in parameters else text
        for name, text in assignments.items()
    }


def typed_value(parameter: Parameter, text: str) -> int | float | bool | str:
    """Return one value; a text that is not of the parameter's type stays text."""
    if parameter.parameter_type == "categorical":
        levels = set(parameter.feasible_space.values or ())
        return text == "true" if levels <= {"true", "false"} and text in levels else text
    try:
        if is_whole(parameter):
            return int(text)
        return float(text)
    except ValueError:
        return text


def is_whole(parameter: Parameter) -> bool:
    """Say whether a parameter's values are whole numbers."""
    if parameter.parameter_type == "int":
        return True
    values = parameter.feasible_space.values or ()
    return parameter.parameter_type == "discrete" and all(
        value.lstrip("+-").isdigit() for value in values
    )
