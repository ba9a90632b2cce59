r"""Find names and values of metrics in a line of text.

Katib's default filter is `([\w|-]+)\s*=\s*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?)`: every part of the
value may be absent, so `loss=nan` gives an empty value. Python's `re` would take quadratic time
for it on a long line without blanks, so `DefaultFilter` walks from one `=` to the next instead;
a test holds it against the expression.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

from eegtune.spec.re2 import compile_go

LONGEST_LINE_FOR_CUSTOM_FILTERS = 65_536

_NAME_CHARACTER = re.compile(r"[\w|-]", re.ASCII)
_NAME = re.compile(r"[\w|-]+", re.ASCII)
_VALUE = re.compile(r"[ \t\n\f\r]*([+-]?\d*(?:\.\d+)?(?:[Ee][+-]?\d+)?)", re.ASCII)
_BLANKS = " \t\n\f\r"


class Found(NamedTuple):
    """A name and a value in a line; the value is text and may be empty."""

    name: str
    value: str


class LineFilter(Protocol):
    """Finds names and values in a line."""

    def find(self, line: str) -> Iterator[Found]:
        """Yield all that the filter finds, from left to right."""
        ...


class DefaultFilter:
    """Katib's default filter, in linear time."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = tuple(name for name in names if _NAME.fullmatch(name))

    def find(self, line: str) -> Iterator[Found]:
        """Yield the wanted metrics, from left to right."""
        start = 0
        while (equals := line.find("=", start)) >= 0:
            end = equals
            while end > start and line[end - 1] in _BLANKS:
                end -= 1
            if end == start or not _NAME_CHARACTER.match(line[end - 1]):
                start = equals + 1
                continue
            value = _VALUE.match(line, equals + 1)
            assert value is not None  # every part of it is optional
            name = self._name_that_ends_at(line, start, end)
            if name is not None:
                yield Found(name, value.group(1))
            start = value.end()

    def _name_that_ends_at(self, line: str, start: int, end: int) -> str | None:
        for name in self._names:
            first = end - len(name)
            if first < start or not line.startswith(name, first):
                continue
            if first == start or not _NAME_CHARACTER.match(line[first - 1]):
                return name
        return None


class CustomFilter:
    """A filter of the Experiment's `metricsFormat`: its first two groups are name and value."""

    def __init__(self, pattern: str, names: Collection[str]) -> None:
        self._expression = compile_go(pattern)
        self._names = frozenset(names)

    def find(self, line: str) -> Iterator[Found]:
        """Yield the wanted metrics, from left to right; of a very long line only its start."""
        if self._expression.groups < 2:
            return
        for match in self._expression.finditer(line, 0, LONGEST_LINE_FOR_CUSTOM_FILTERS):
            name, value = (match.group(1) or "").strip(), (match.group(2) or "").strip()
            if name in self._names:
                yield Found(name, value)


def line_filters(patterns: Sequence[str], names: Collection[str]) -> tuple[LineFilter, ...]:
    """Return the filters of an Experiment; the default one where it has none.

    Raises:
        ValueError: A pattern is not a regular expression of Go.
    """
    if not patterns:
        return (DefaultFilter(names),)
    return tuple(CustomFilter(pattern, names) for pattern in patterns)
