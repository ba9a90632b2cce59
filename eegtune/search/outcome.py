"""Limits on metrics: which outcomes are acceptable, and by how much others are not.

A limit is `metric <= number`, or any CEL expression over metrics. Of a comparison of numbers the
distance to the limit is known, which models learn better than a bare yes or no.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegtune.search.expressions import Expression, Kind, parse_expression, split_expressions
from eegtune.search.translation import Evaluate

_FORM = re.compile(r"^([A-Za-z0-9_|-]+)\s*(<=|>=|<|>)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)$")


@dataclass(frozen=True, slots=True)
class MetricLimit:
    """A limit on one metric.

    Attributes:
        metric: The metric's name.
        sign: 1.0 for an upper limit, -1.0 for a lower one.
        limit: The limit.
        is_strict: Whether the limit itself is not acceptable.
    """

    metric: str
    sign: float
    limit: float
    is_strict: bool

    def excess(self, metrics: Mapping[str, float]) -> float:
        """Return how far a trial is beyond the limit, in units of the limit; at most 0 is good.

        A trial that did not report the metric is taken to be beyond it.
        """
        value = metrics.get(self.metric, math.nan)
        if not math.isfinite(value):
            return 1.0
        distance = self.sign * (value - self.limit)
        if self.is_strict and distance == 0:
            return 1e-12
        return distance / max(abs(self.limit), 1e-12)


@dataclass(frozen=True, slots=True)
class OutcomeExpression:
    """A CEL expression over metrics that is to hold.

    Attributes:
        expression: The expression.
        sides: Both sides of a comparison of numbers, the one that should be smaller first; None
            where it is anything else.
    """

    expression: Expression
    sides: tuple[Evaluate, Evaluate] | None

    def excess(self, metrics: Mapping[str, float]) -> float:
        """Return how far a trial is beyond the limit, in units of the larger side.

        At most 0 is good; 1 where that is not a distance, or cannot be computed.
        """
        holds = self.expression.holds(metrics)
        distance = self._distance(metrics)
        if distance is None:
            return -1.0 if holds else 1.0
        return min(distance, 0.0) if holds else max(distance, 1e-12)

    def _distance(self, metrics: Mapping[str, float]) -> float | None:
        if self.sides is None:
            return None
        try:
            small, large = (float(side(metrics)) for side in self.sides)
        except (ArithmeticError, ValueError, TypeError, KeyError):
            return None
        return (small - large) / max(abs(small), abs(large), 1e-12)


OutcomeConstraint = MetricLimit | OutcomeExpression


def read_outcome_constraints(
    text: str | None, metrics: Sequence[str]
) -> tuple[OutcomeConstraint, ...]:
    """Parse the setting `outcome_constraints`.

    Raises:
        ValueError: Neither `metric <= number` nor CEL, or a metric that is not collected.
    """
    return tuple(_read(item, metrics) for item in split_expressions(text))


def _read(item: str, metrics: Sequence[str]) -> OutcomeConstraint:
    # Metrics may have names that CEL cannot read, such as val-loss.
    match = _FORM.match(item)
    if match is None:
        return _read_expression(item, metrics)
    metric, relation, limit = match.groups()
    if metric not in metrics:
        raise ValueError(
            f"setting 'outcome_constraints' names the metric {metric!r}; "
            f"allowed are {', '.join(metrics)}"
        )
    sign = 1.0 if relation[0] == "<" else -1.0
    return MetricLimit(metric, sign, float(limit), len(relation) == 1)


def _read_expression(item: str, metrics: Sequence[str]) -> OutcomeExpression:
    kinds: tuple[tuple[str, Kind], ...] = tuple((metric, "double") for metric in metrics)
    expression = parse_expression(item, kinds, "outcome_constraints")
    if not expression.names:
        raise ValueError(
            f"setting 'outcome_constraints' has {item!r}, which names no metric; "
            f"there are {', '.join(metrics)}"
        )
    return OutcomeExpression(expression, expression.sides)
