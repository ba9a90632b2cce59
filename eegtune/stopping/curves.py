"""What early-stopping rules see and say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from eegtune.spec.trial import TrialCondition

Comparison = Literal["less", "greater", "equal"]


@dataclass(frozen=True, slots=True)
class TrialCurve:
    """What another trial has reported of the objective metric.

    Attributes:
        name: The trial's name.
        condition: Where it stands.
        values: Its values in the order in which they were reported, all finite.
        ended_before: Whether it had ended when the judged trial was suggested; rules that are
            decided once per trial, as in Katib, look at these only.
    """

    name: str
    condition: TrialCondition
    values: Sequence[float]
    ended_before: bool = True


class Decision(NamedTuple):
    """Whether to stop a trial, and why."""

    stop: bool
    reason: str = ""


GO_ON = Decision(False)


class StaticRule(NamedTuple):
    """What Katib can express: a comparison made once, at one report.

    Attributes:
        metric: The metric's name.
        value: The threshold.
        comparison: The trial stops where its best value so far compares so with the threshold.
        start_step: At which report (counted from 1) this is looked at.
    """

    metric: str
    value: float
    comparison: Comparison
    start_step: int


class Rule(Protocol):
    """One early-stopping rule of one Experiment; pure, without state between calls."""

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Judge a running trial after each report.

        Args:
            curve: The trial's values of the objective metric so far, the newest last.
            others: The other trials of the Experiment, finished and running.
        """

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return what Katib can apply to the next trials; empty where it is too early."""

    @property
    def katib_loss(self) -> str:
        """What the rule loses where only static rules can be used; empty where nothing."""
