"""Asynchronous successive halving by stopping (Li et al. 2020, the stopping variant).

At reports `min_resource`, `min_resource * eta`, … a trial goes on where its best value so far is
among the best 1/eta of all trials that came to this report, itself included. A trial is never
stopped while fewer than eta trials have come there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.spec.setting_rules import SettingRule
from eegtune.stopping.curves import GO_ON, Decision, StaticRule, TrialCurve
from eegtune.stopping.target import Target

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule("min_resource", "int", 1, "The first report at which trials are judged.", low=1),
    SettingRule("reduction_factor", "float", 3.0, "One of this many goes on.", low=1.0001),
)


@dataclass(frozen=True, slots=True)
class AshaStop:
    """The rule with its settings."""

    target: Target
    min_resource: int
    reduction_factor: float
    katib_loss: str = "only the first rung is judged, by what was known at the trial's start"

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Stop at a rung where the trial is not among the best."""
        step = len(curve)
        if not self._is_rung(step):
            return GO_ON
        own = self.target.loss(self.target.best(curve))
        threshold = self._threshold(others, step, own)
        if threshold is None or own <= threshold:
            return GO_ON
        return Decision(True, f"not among the best 1/{self.reduction_factor:g} at report {step}")

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return the threshold of the first rung."""
        threshold = self._threshold(others, self.min_resource, None)
        if threshold is None:
            return ()
        value = -threshold if self.target.maximize else threshold
        return (self.target.static_rule(value, self.min_resource),)

    def _is_rung(self, step: int) -> bool:
        rung = float(self.min_resource)
        while round(rung) < step:
            rung *= self.reduction_factor
        return round(rung) == step

    def _threshold(
        self, others: Sequence[TrialCurve], step: int, own: float | None
    ) -> float | None:
        losses = [
            self.target.loss(self.target.best(other.values[:step]))
            for other in others
            if len(other.values) >= step
        ]
        if own is not None:
            losses.append(own)
        if len(losses) < self.reduction_factor:
            return None
        return sorted(losses)[int(len(losses) / self.reduction_factor) - 1]


def build(target: Target, options: dict[str, Any]) -> AshaStop:
    """Return the rule."""
    return AshaStop(target, **options)
