"""Limits on metrics: which outcomes are acceptable, and by how much others are not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegtune.search.expressions import split_expressions

_FORM = re.compile(r"^([A-Za-z0-9_|-]+)\s*(<=|>=|<|>)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)$")


@dataclass(frozen=True, slots=True)
class OutcomeConstraint:
    """One limit.

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


def read_outcome_constraints(
    text: str | None, metrics: Sequence[str]
) -> tuple[OutcomeConstraint, ...]:
    """Parse the setting `outcome_constraints`.

    Raises:
        ValueError: Not `metric <= number`, or a metric that the Experiment does not collect.
    """
    constraints = []
    for item in split_expressions(text):
        match = _FORM.match(item)
        if match is None:
            raise ValueError(
                f"setting 'outcome_constraints' has {item!r}; allowed is a metric, one of "
                "<= < >= >, and a number"
            )
        metric, relation, limit = match.groups()
        if metric not in metrics:
            raise ValueError(
                f"setting 'outcome_constraints' names the metric {metric!r}; "
                f"allowed are {', '.join(metrics)}"
            )
        sign = 1.0 if relation[0] == "<" else -1.0
        constraints.append(OutcomeConstraint(metric, sign, float(limit), len(relation) == 1))
    return tuple(constraints)
