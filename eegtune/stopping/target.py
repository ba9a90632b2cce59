"""The objective metric with its direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eegtune.stopping.curves import Comparison, StaticRule


@dataclass(frozen=True, slots=True)
class Target:
    """The metric that rules look at.

    Attributes:
        metric: Its name.
        maximize: Whether large values are good.
    """

    metric: str
    maximize: bool

    def best(self, values: Sequence[float]) -> float:
        """Return the best of several values."""
        return max(values) if self.maximize else min(values)

    def is_worse(self, value: float, other: float) -> bool:
        """Say whether a value is strictly worse than another."""
        return value < other if self.maximize else value > other

    def is_better_by(self, value: float, other: float, margin: float) -> bool:
        """Say whether a value is better than another by more than a margin."""
        return value - other > margin if self.maximize else other - value > margin

    def loss(self, value: float) -> float:
        """Return a number that is small where the value is good."""
        return -value if self.maximize else value

    def static_rule(self, threshold: float, start_step: int) -> StaticRule:
        """Return Katib's rule that stops a trial which is worse than a threshold."""
        comparison: Comparison = "less" if self.maximize else "greater"
        return StaticRule(self.metric, threshold, comparison, start_step)
