"""Katib's `medianstop`, as Katib computes it.

The threshold is the mean (Katib calls it median) over succeeded trials of the mean of their first
`start_step` values. It is fixed when a trial is suggested and looked at once, at the trial's
report number `start_step`, against the trial's best value so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from eegtune.spec.setting_rules import SettingRule
from eegtune.spec.trial import TrialCondition
from eegtune.stopping.curves import GO_ON, Decision, StaticRule, TrialCurve
from eegtune.stopping.target import Target

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "min_trials_required", "int", 3, "Succeeded trials before any is stopped.",
        low=1, in_katib=True,
    ),
    SettingRule(
        "start_step", "int", 4, "The report at which a trial is judged.", low=1, in_katib=True
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MedianStop:
    """The rule with its settings."""

    target: Target
    min_trials_required: int
    start_step: int
    katib_loss: str = ""

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Stop at the start step where the best value so far is worse than the threshold."""
        if len(curve) != self.start_step:
            return GO_ON
        threshold = self._threshold([other for other in others if other.ended_before])
        best = self.target.best(curve)
        if threshold is None or not self.target.is_worse(best, threshold):
            return GO_ON
        return Decision(
            True, f"best {best:g} at report {self.start_step} is worse than the mean {threshold:g}"
        )

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return the threshold as Katib's rule."""
        threshold = self._threshold(others)
        if threshold is None:
            return ()
        return (self.target.static_rule(threshold, self.start_step),)

    def _threshold(self, others: Sequence[TrialCurve]) -> float | None:
        means = [
            fmean(other.values[: self.start_step])
            for other in others
            if other.condition is TrialCondition.SUCCEEDED and other.values
        ]
        return fmean(means) if len(means) >= self.min_trials_required else None


def build(target: Target, options: dict[str, int]) -> MedianStop:
    """Return the rule."""
    return MedianStop(target, options["min_trials_required"], options["start_step"])
