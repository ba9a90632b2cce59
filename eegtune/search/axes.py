"""The axes of a search space: one parameter each, between its texts and [0, 1].

Every axis maps a value's text to a position (`unit`) and a position to a text that lies exactly
in the feasible space (`text`). On finite axes, which also number their values,
`text(unit(text(u))) == text(u)` for every u; on continuous ones the text of a number is the
shortest that reads back as the same number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Protocol

from eegtune.search.scales import Scale


class Axis(Protocol):
    """One parameter of a space."""

    @property
    def name(self) -> str:
        """The parameter's name."""

    @property
    def size(self) -> int | None:
        """How many values there are; None where they are not countable."""

    @property
    def is_ordered(self) -> bool:
        """Whether neighbouring positions mean similar values."""

    @property
    def lowest(self) -> str:
        """The value sent where the parameter does not matter: the first or lowest one."""

    def unit(self, text: str) -> float:
        """Return the position of a value in [0, 1].

        Raises:
            ValueError: The text is not a value of this parameter.
        """

    def text(self, unit: float) -> str:
        """Return the value at a position."""

    def normal(self, text: str) -> str:
        """Return the value that a text means, written as `text` does.

        Numbers outside the bounds or between steps count as the nearest value.

        Raises:
            ValueError: The text is not a value of this parameter.
        """

    def level(self, index: int) -> str:
        """Return a value of a finite axis by its number."""

    def index(self, text: str) -> int:
        """Return the number of a finite axis's value."""

    def share(self, index: int) -> float:
        """Return how likely a finite axis's value is."""


@dataclass(frozen=True, slots=True)
class RealAxis:
    """Any number of an interval."""

    name: str
    scale: Scale
    size: int | None = None
    is_ordered: bool = True

    @property
    def lowest(self) -> str:
        """The lower bound."""
        return repr(self.scale.low)

    def unit(self, text: str) -> float:
        """Return the position of a number; outside ones count as the nearest bound."""
        return self.scale.unit(parse_number(self.name, text))

    def text(self, unit: float) -> str:
        """Return the number at a position, as the shortest text that gives it back."""
        return repr(self.scale.value(unit))

    def normal(self, text: str) -> str:
        """Return a number as its shortest text, outside ones as the nearest bound."""
        number = parse_number(self.name, text)
        return repr(min(max(number, self.scale.low), self.scale.high))

    def level(self, index: int) -> str:
        """Refuse: the values are not countable."""
        raise ValueError(f"parameter {self.name!r} is continuous; it has no value {index}")

    def index(self, text: str) -> int:
        """Refuse: the values are not countable."""
        raise ValueError(f"parameter {self.name!r} is continuous; {text!r} has no number")

    def share(self, index: int) -> float:
        """Refuse: the values are not countable."""
        raise ValueError(f"parameter {self.name!r} is continuous; it has no value {index}")


@dataclass(frozen=True, slots=True)
class StepAxis:
    """Whole numbers, or numbers in equal steps from the lower bound."""

    name: str
    low: Decimal
    step: Decimal
    size: int
    is_whole: bool
    scale: Scale
    is_ordered: bool = True

    @property
    def lowest(self) -> str:
        """The lower bound."""
        return self.level(0)

    def unit(self, text: str) -> float:
        """Return the middle of the cell that belongs to the nearest value."""
        return self._unit_of_index(self.index(text))

    def text(self, unit: float) -> str:
        """Return the value in whose cell a position lies."""
        if self.scale.is_uniform:
            return self.level(min(int(unit * self.size), self.size - 1))
        return self.level(self._nearest(self.scale.value(unit)))

    def normal(self, text: str) -> str:
        """Return the nearest value's text."""
        return self.level(self.index(text))

    def level(self, index: int) -> str:
        """Return the value after `index` steps, exactly."""
        value = self.low + index * self.step
        return str(int(value)) if self.is_whole else repr(float(value))

    def index(self, text: str) -> int:
        """Return the number of steps to the nearest value."""
        return self._nearest(parse_number(self.name, text))

    def share(self, index: int) -> float:
        """Return the width of a value's cell in [0, 1]."""
        value, half = float(self.low + index * self.step), float(self.step) / 2
        return self.scale.unit(value + half) - self.scale.unit(value - half)

    def _nearest(self, value: float) -> int:
        return min(max(round((value - float(self.low)) / float(self.step)), 0), self.size - 1)

    def _unit_of_index(self, index: int) -> float:
        if self.scale.is_uniform:
            return (index + 0.5) / self.size
        value, half = float(self.low + index * self.step), float(self.step) / 2
        return (self.scale.unit(value - half) + self.scale.unit(value + half)) / 2


@dataclass(frozen=True, slots=True)
class ListAxis:
    """One of several texts: numbers in order (discrete) or names (categorical).

    Attributes:
        name: The parameter's name.
        levels: The texts, for numbers from the smallest to the largest.
        is_ordered: Whether they are numbers.
        lowest: The first text as the Experiment lists them (numbers: the smallest).
    """

    name: str
    levels: tuple[str, ...]
    is_ordered: bool
    lowest: str
    _numbers: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def size(self) -> int | None:
        """How many texts there are."""
        return len(self.levels)

    def unit(self, text: str) -> float:
        """Return the middle of a text's share of [0, 1]."""
        return (self.index(text) + 0.5) / len(self.levels)

    def text(self, unit: float) -> str:
        """Return the text in whose share a position lies."""
        return self.levels[min(int(unit * len(self.levels)), len(self.levels) - 1)]

    def normal(self, text: str) -> str:
        """Return the listed text of a name or number."""
        return self.levels[self.index(text)]

    def level(self, index: int) -> str:
        """Return a text by its number."""
        return self.levels[index]

    def share(self, index: int) -> float:
        """Return the same for every text."""
        return 1.0 / len(self.levels)

    def index(self, text: str) -> int:
        """Return a text's number; a number written otherwise is found by its value."""
        if not self._numbers:
            self._numbers.update((level, i) for i, level in enumerate(self.levels))
        found = self._numbers.get(text)
        if found is not None:
            return found
        if self.is_ordered:
            value = parse_number(self.name, text)
            for i, level in enumerate(self.levels):
                if float(level) == value:
                    return i
        raise ValueError(
            f"parameter {self.name!r} is {text!r}; allowed is one of {', '.join(self.levels)}"
        )


def parse_number(name: str, text: str) -> float:
    """Read a finite number, or say which parameter has none."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"parameter {name!r} is {text!r}; a finite number is expected")
    return number


def parse_decimal(name: str, text: str) -> Decimal:
    """Read a number as it is written, so that steps stay exact."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"parameter {name!r} has the bound {text!r}; a number is expected")
    return number
