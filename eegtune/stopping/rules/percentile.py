"""Stop trials that are among the worst at the same report (adaptive pruner; Optuna's rule).

From report `min_epochs` on, every `interval` reports, and once `min_history` succeeded trials are
known: stop where the trial's best value so far is worse than the `percentile` (counted from the
best) of what those had at this report. `percentile: 50` is the true median rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.spec.setting_rules import SettingRule
from eegtune.spec.trial import TrialCondition
from eegtune.stopping.curves import GO_ON, Decision, StaticRule, TrialCurve
from eegtune.stopping.target import Target

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule("percentile", "float", 50.0, "The best share that goes on.", low=0, high=100),
    SettingRule("min_epochs", "int", 5, "Reports before a trial is judged.", low=1),
    SettingRule("min_history", "int", 5, "Succeeded trials before any is stopped.", low=1),
    SettingRule("interval", "int", 1, "Reports between judgements.", low=1),
)


@dataclass(frozen=True, slots=True)
class PercentileStop:
    """The rule with its settings."""

    target: Target
    percentile: float
    min_epochs: int
    min_history: int
    interval: int
    katib_loss: str = (
        "a trial is judged once, at report min_epochs, by what was known at its start"
    )

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Stop where the best value so far is worse than the percentile at this report."""
        step = len(curve)
        if step < self.min_epochs or (step - self.min_epochs) % self.interval:
            return GO_ON
        threshold = self._threshold(others, step)
        best = self.target.best(curve)
        if threshold is None or not self.target.is_worse(best, threshold):
            return GO_ON
        return Decision(
            True,
            f"best {best:g} at report {step} is worse than the best {self.percentile:g} % "
            f"({threshold:g})",
        )

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return the threshold at the first judged report."""
        threshold = self._threshold(others, self.min_epochs)
        if threshold is None:
            return ()
        return (self.target.static_rule(threshold, self.min_epochs),)

    def _threshold(self, others: Sequence[TrialCurve], step: int) -> float | None:
        values = [
            other.values[step - 1]
            for other in others
            if other.condition is TrialCondition.SUCCEEDED and len(other.values) >= step
        ]
        if len(values) < self.min_history:
            return None
        share = 100 - self.percentile if self.target.maximize else self.percentile
        return quantile(values, share / 100)


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile with linear interpolation, as numpy's default."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = min(int(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def build(target: Target, options: dict[str, Any]) -> PercentileStop:
    """Return the rule."""
    return PercentileStop(target, **options)
