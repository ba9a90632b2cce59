"""Algorithm settings: declared once, checked, typed and documented from the declaration.

Settings are strings in an Experiment. Each search algorithm and each early-stopping rule lists
its own; what is not listed, or is not of its kind, is refused with what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["int", "float", "flag", "choice", "text"]

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class SettingRule:
    """What one setting may be.

    Attributes:
        name: Its name, Katib's where Katib has one.
        kind: How its text is read.
        default: What it is when it is not given; None where there is no value then.
        help: One sentence of documentation.
        low: The lowest number allowed.
        high: The highest one.
        is_open: Whether the limits themselves are refused.
        choices: The allowed texts of a choice.
        is_required: Whether it must be given.
        in_katib: Whether Katib's own service of this algorithm knows it.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    low: float = -math.inf
    high: float = math.inf
    is_open: bool = False
    choices: tuple[str, ...] = ()
    is_required: bool = False
    in_katib: bool = False

    def parse(self, text: str) -> Any:
        """Return the typed value.

        Raises:
            ValueError: The text is not allowed; the message says what is.
        """
        if self.kind == "text":
            return text
        value = self._read(text.strip())
        if value is None or not self._is_within(value):
            raise ValueError(f"setting {self.name!r} is {text!r}; allowed is {self.allowed}")
        return value

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "text":
            return "any text"
        noun = "a whole number" if self.kind == "int" else "a number"
        above, below = ("above", "below") if self.is_open else ("of at least", "of at most")
        limits = []
        if self.low > -math.inf:
            limits.append(f"{above} {self.low:g}")
        if self.high < math.inf:
            limits.append(f"{below} {self.high:g}")
        return " ".join([noun, " and ".join(limits)]).strip()

    def _read(self, text: str) -> Any:
        if self.kind == "flag":
            return _FLAGS.get(text.lower())
        if self.kind == "choice":
            return next((c for c in self.choices if c.lower() == text.lower()), None)
        try:
            number = float(text)
        except ValueError:
            return None
        if not math.isfinite(number) or (self.kind == "int" and number != int(number)):
            return None
        return (
            int(text)
            if self.kind == "int" and text.lstrip("+-").isdigit()
            else (int(number) if self.kind == "int" else number)
        )

    def _is_within(self, value: Any) -> bool:
        if self.kind not in ("int", "float"):
            return True
        if self.is_open:
            return bool(self.low < value < self.high)
        return bool(self.low <= value <= self.high)


def parse_settings(
    algorithm: str, given: Mapping[str, str], rules: Iterable[SettingRule]
) -> dict[str, Any]:
    """Return every setting's value, typed, defaults filled in.

    Raises:
        ValueError: One message for all settings that are unknown, ill-typed or missing.
    """
    known = {rule.name: rule for rule in rules}
    problems = [
        f"unknown setting {name!r} for algorithm {algorithm}; allowed are "
        + ", ".join(sorted(known))
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    for name, rule in known.items():
        if name not in given:
            if rule.is_required:
                problems.append(f"algorithm {algorithm} needs the setting {name!r} ({rule.help})")
            values[name] = rule.default
            continue
        try:
            values[name] = rule.parse(given[name])
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ValueError("; ".join(problems))
    return values
