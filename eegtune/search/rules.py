"""Constraints and conditions over parameters.

Constraints hold for every point that is suggested. Conditions say where a parameter matters;
they are evaluated in an order in which each reads only parameters that are settled. Where a
parameter does not matter its first or lowest value is sent, and other expressions read that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from eegtune.search.axes import Axis, ListAxis, StepAxis
from eegtune.search.expressions import (
    Expression,
    Kind,
    coerce,
    parse_expression,
    split_expressions,
)
from eegtune.search.space import Point, Space


@dataclass(frozen=True, slots=True)
class Condition:
    """Where a parameter matters: its place among the axes and the expression."""

    place: int
    expression: Expression


@dataclass(frozen=True)
class Rules:
    """The constraints and conditions of a space.

    Attributes:
        space: The space.
        constraints: Expressions that must hold.
        conditions: In the order in which they are evaluated.
    """

    space: Space
    constraints: tuple[Expression, ...] = ()
    conditions: tuple[Condition, ...] = ()
    _known: dict[tuple[int, Point], bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def are_empty(self) -> bool:
        """Whether every point of the space may be suggested as it is."""
        return not (self.constraints or self.conditions)

    def settle(self, point: Point) -> tuple[Point, tuple[bool, ...]]:
        """Give inactive parameters their lowest value; say which parameters are active."""
        if not self.conditions:
            return point, (True,) * len(point)
        texts, active = list(point), [True] * len(point)
        for number, condition in enumerate(self.conditions):
            if not self._holds(number, condition.expression, texts):
                texts[condition.place] = self.space.axes[condition.place].lowest
                active[condition.place] = False
        return tuple(texts), tuple(active)

    def broken(self, point: Point) -> tuple[str, ...]:
        """Return the constraints that a settled point breaks."""
        first = len(self.conditions)
        return tuple(
            expression.text
            for number, expression in enumerate(self.constraints, first)
            if not self._holds(number, expression, point)
        )

    def allows(self, point: Point) -> bool:
        """Say whether a settled point keeps all constraints."""
        first = len(self.conditions)
        return all(
            self._holds(number, expression, point)
            for number, expression in enumerate(self.constraints, first)
        )

    def _holds(self, number: int, expression: Expression, texts: Sequence[str]) -> bool:
        """Evaluate an expression, once for the same values of what it reads."""
        read = tuple(texts[self._places[name]] for name in expression.names)
        key = (number, read)
        found = self._known.get(key)
        if found is None:
            found = self.holds(expression, read)
            if len(self._known) < 100_000:
                self._known[key] = found
        return found

    def holds(self, expression: Expression, texts: Sequence[str]) -> bool:
        """Evaluate an expression for the values of what it reads, in the order of its names."""
        pairs = zip(expression.names, texts, strict=True)
        return expression.holds({name: coerce(self._kinds[name], text) for name, text in pairs})

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.space.names)}

    @cached_property
    def _kinds(self) -> Mapping[str, Kind]:
        return {axis.name: kind_of(axis) for axis in self.space.axes}


def kind_of(axis: Axis) -> Kind:
    """Return the kind of value that expressions see: whole where all values are."""
    if isinstance(axis, StepAxis):
        return "int" if axis.is_whole else "double"
    if not isinstance(axis, ListAxis):
        return "double"
    if axis.is_ordered:
        return "int" if all(_is_whole(level) for level in axis.levels) else "double"
    return "flag" if set(axis.levels) <= {"true", "false"} else "text"


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


def read_rules(space: Space, options: Mapping[str, Any]) -> Rules:
    """Parse the settings `constraints` and `conditions`.

    Raises:
        ValueError: An expression that does not parse, an unknown parameter, a circle.
    """
    kinds = tuple((axis.name, kind_of(axis)) for axis in space.axes)
    constraints = tuple(
        parse_expression(text, kinds, "constraints")
        for text in split_expressions(options.get("constraints"))
    )
    found: dict[str, Expression] = {}
    for item in split_expressions(options.get("conditions")):
        name, _, text = (part.strip() for part in item.partition(":"))
        if name not in space.names:
            raise ValueError(
                f"setting 'conditions' has {item!r}; it must begin with one of "
                f"{', '.join(space.names)} and a colon"
            )
        if name in found:
            raise ValueError(f"setting 'conditions' has two conditions for {name!r}; use &&")
        found[name] = parse_expression(text, kinds, "conditions")
    return Rules(space, constraints, _in_order(space, found))


def _in_order(space: Space, found: Mapping[str, Expression]) -> tuple[Condition, ...]:
    """Order conditions so that each reads settled parameters only."""
    settled, ordered, waiting = set(space.names) - set(found), [], dict(found)
    while waiting:
        ready = [name for name, e in waiting.items() if set(e.names) <= settled]
        if not ready:
            raise ValueError(
                f"setting 'conditions' goes in a circle through {', '.join(sorted(waiting))}; "
                "a parameter must not depend on itself"
            )
        for name in ready:
            ordered.append(Condition(space.names.index(name), waiting.pop(name)))
            settled.add(name)
    return tuple(ordered)
