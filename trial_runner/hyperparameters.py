"""One declaration per hyperparameter: its argument, its Katib parameter and its documentation.

A component declares its hyperparameters once. The command line (`arguments`), the Experiment
generator of eegtune and the documentation read the same declaration, so they cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = float | int | str | bool
Kind = Literal["double", "int", "discrete", "categorical"]

_TRUE, _FALSE = ("true", "yes", "1", "on"), ("false", "no", "0", "off")


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One hyperparameter of a component.

    Attributes:
        name: Its name in snake case; the argument is `--name` (or with dashes).
        kind: Katib's parameter type.
        default: The value of a run without tuning.
        help: One sentence, with the unit where there is one.
        low: Lowest value that generated Experiments search (double, int).
        high: Highest one.
        at_least: Lowest value that the argument accepts, `low` where not said otherwise.
        at_most: Highest one, `high` where not said otherwise.
        log: Whether the search is uniform in the logarithm.
        step: Distance between searched values, where the search is not continuous.
        choices: The searched values (discrete, categorical); a categorical argument accepts no
            others, a discrete one any number within the limits.
        when: CEL condition under which the value matters, None where it always does.
        may_change_on_resume: Whether a trial may continue another's checkpoint with a new value.
    """

    name: str
    kind: Kind
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()
    when: str | None = None
    may_change_on_resume: bool = False

    def parse(self, text: str) -> Value:
        """Return the value that an argument's text stands for.

        Raises:
            ValueError: The text is not of this kind, or outside what is accepted.
        """
        if self.kind == "categorical":
            return self._parse_choice(text)
        number = self._parse_number(text)
        low, high = self.limits
        if not low <= number <= high:
            raise ValueError(f"--{self.name} is {text!r}; allowed is {low:g} to {high:g}")
        return number

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and highest number that the argument accepts."""
        numbers = [float(choice) for choice in self.choices] if self.kind == "discrete" else []
        low = next((x for x in (self.at_least, self.low) if x is not None), None)
        high = next((x for x in (self.at_most, self.high) if x is not None), None)
        return (
            low if low is not None else min(numbers, default=-math.inf),
            high if high is not None else max(numbers, default=math.inf),
        )

    @property
    def is_flag(self) -> bool:
        """Whether the value is true or false."""
        return self.kind == "categorical" and isinstance(self.default, bool)

    def _parse_choice(self, text: str) -> Value:
        if self.is_flag and text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        if not self.is_flag and text in self.choices:
            return text
        allowed = ", ".join(format_value(choice) for choice in self.choices)
        raise ValueError(f"--{self.name} is {text!r}; allowed is one of {allowed}")

    def _parse_number(self, text: str) -> float | int:
        wanted = "a whole number" if self._is_whole else "a number"
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"--{self.name} is {text!r}; expected {wanted}") from None
        if not math.isfinite(number) or (self._is_whole and number != int(number)):
            raise ValueError(f"--{self.name} is {text!r}; expected {wanted}")
        return int(number) if self._is_whole else number

    @property
    def _is_whole(self) -> bool:
        return self.kind == "int" or (
            self.kind == "discrete" and all(isinstance(choice, int) for choice in self.choices)
        )


def double(
    name: str,
    default: float,
    low: float,
    high: float,
    help: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    log: bool = False,
    step: float | None = None,
    when: str | None = None,
    may_change_on_resume: bool = False,
) -> Hyperparameter:
    """Declare a real number."""
    return Hyperparameter(
        name, "double", default, help, low, high, at_least, at_most, log, step, (), when,
        may_change_on_resume,
    )  # fmt: skip


def integer(
    name: str,
    default: int,
    low: int,
    high: int,
    help: str,
    *,
    at_least: int | None = None,
    at_most: int | None = None,
    log: bool = False,
    step: int | None = None,
    when: str | None = None,
    may_change_on_resume: bool = False,
) -> Hyperparameter:
    """Declare a whole number."""
    return Hyperparameter(
        name, "int", default, help, low, high, at_least, at_most, log, step, (), when,
        may_change_on_resume,
    )  # fmt: skip


def discrete(
    name: str,
    default: float | int,
    choices: Sequence[float | int],
    help: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    when: str | None = None,
    may_change_on_resume: bool = False,
) -> Hyperparameter:
    """Declare a number of which generated Experiments search only the given values."""
    return Hyperparameter(
        name, "discrete", default, help, at_least=at_least, at_most=at_most,
        choices=tuple(choices), when=when, may_change_on_resume=may_change_on_resume,
    )  # fmt: skip


def categorical(
    name: str,
    default: str,
    choices: Sequence[str],
    help: str,
    *,
    when: str | None = None,
    may_change_on_resume: bool = False,
) -> Hyperparameter:
    """Declare one of several names."""
    return Hyperparameter(
        name, "categorical", default, help, choices=tuple(choices), when=when,
        may_change_on_resume=may_change_on_resume,
    )  # fmt: skip


def flag(
    name: str,
    default: bool,
    help: str,
    *,
    when: str | None = None,
    may_change_on_resume: bool = False,
) -> Hyperparameter:
    """Declare something that is on or off; its values are written `true` and `false`."""
    return Hyperparameter(
        name, "categorical", default, help, choices=(False, True), when=when,
        may_change_on_resume=may_change_on_resume,
    )  # fmt: skip


def format_value(value: Value) -> str:
    """Write a value as an argument carries it.

    >>> format_value(True), format_value(1e-4), format_value(32)
    ('true', '0.0001', '32')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
