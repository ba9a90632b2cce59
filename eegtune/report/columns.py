"""The searched parameters as columns of numbers or names, ready for figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from eegtune.execution.records import TrialRecord
from eegtune.report.activity import activity
from eegtune.spec.experiment import Experiment, Parameter

_NARROWEST_GAP = 0.12


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter's values.

    Attributes:
        name: The parameter's name.
        levels: The names a categorical parameter may have; empty for numbers.
        is_log: Whether it is searched in the logarithm.
        numbers: A number for each trial (of a categorical one the level's index); None where
            the trial has no such value or its condition does not hold.
    """

    name: str
    levels: tuple[str, ...]
    is_log: bool
    numbers: tuple[float | None, ...]

    @property
    def is_categorical(self) -> bool:
        """Whether its values are names."""
        return bool(self.levels)

    @property
    def known(self) -> list[float]:
        """The values there are."""
        return [number for number in self.numbers if number is not None]

    @property
    def is_constant(self) -> bool:
        """Whether all trials have one value."""
        return len(set(self.known)) < 2


def parameter_columns(
    experiment: Experiment, records: Sequence[TrialRecord]
) -> tuple[Column, ...]:
    """Return a column for each searched parameter, in the Experiment's order."""
    active = activity(experiment, [record.trial.assignments for record in records])
    return tuple(
        _column(parameter, records, active.get(parameter.name))
        for parameter in experiment.spec.parameters
    )


def on_axis(column: Column, number: float) -> float:
    """Return where a number stands on the parameter's axis: its logarithm where that is one."""
    return math.log10(number) if column.is_log else number


def few_values(column: Column, most: int) -> list[float]:
    """Return the values themselves where they are few and far enough apart to be read."""
    values = sorted(set(column.known))
    if not 2 <= len(values) <= most:
        return []
    places = [on_axis(column, value) for value in values]
    gap = min(right - left for left, right in pairwise(places))
    return values if gap >= _NARROWEST_GAP * (places[-1] - places[0]) else []


def _column(
    parameter: Parameter, records: Sequence[TrialRecord], active: Sequence[bool] | None
) -> Column:
    texts = [record.trial.assignments.get(parameter.name) for record in records]
    if active is not None:
        texts = [text if is_on else None for text, is_on in zip(texts, active, strict=True)]
    if parameter.parameter_type == "categorical":
        levels = _levels(parameter, texts)
        index = {level: float(position) for position, level in enumerate(levels)}
        numbers = tuple(None if text is None else index[text] for text in texts)
        return Column(parameter.name, levels, False, numbers)
    numbers = tuple(_number(text) for text in texts)
    return Column(parameter.name, (), _is_log(parameter, numbers), numbers)


def _levels(parameter: Parameter, texts: Sequence[str | None]) -> tuple[str, ...]:
    listed = parameter.feasible_space.values or ()
    return tuple(dict.fromkeys([*listed, *(text for text in texts if text is not None)]))


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_log(parameter: Parameter, numbers: Sequence[float | None]) -> bool:
    """Say whether a logarithmic axis shows the values best; never with values below 0 or at 0."""
    known = [number for number in numbers if number is not None]
    if not known or min(known) <= 0:
        return False
    if parameter.parameter_type == "discrete":
        return max(known) / min(known) >= 8
    return parameter.feasible_space.distribution in ("logUniform", "logNormal")
