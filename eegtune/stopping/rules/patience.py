"""Stop a trial that has not improved for a while; looks at no other trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.spec.setting_rules import SettingRule
from eegtune.stopping.curves import GO_ON, Decision, StaticRule, TrialCurve
from eegtune.stopping.target import Target

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule("patience", "int", 10, "Reports without improvement that are borne.", low=1),
    SettingRule("min_delta", "float", 0.0, "What counts as improvement.", low=0),
    SettingRule("min_epochs", "int", 1, "Reports before a trial is judged.", low=1),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """The rule with its settings."""

    target: Target
    patience: int
    min_delta: float
    min_epochs: int
    katib_loss: str = "not available: a trial is not compared with itself; set the trial's own"

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Stop where the last improvement lies too far back."""
        if len(curve) < self.min_epochs or not curve:
            return GO_ON
        best, best_at = curve[0], 0
        for at, value in enumerate(curve):
            if self.target.is_better_by(value, best, self.min_delta):
                best, best_at = value, at
        since = len(curve) - 1 - best_at
        if since < self.patience:
            return GO_ON
        return Decision(True, f"no improvement on {best:g} for {since} reports")

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return nothing: Katib compares with fixed thresholds only."""
        return ()


def build(target: Target, options: dict[str, Any]) -> Patience:
    """Return the rule."""
    return Patience(target, **options)
