"""Stop a trial whose folds are probably worse than those of the best trial.

Reports are scores of folds, the same fold at the same report in every trial (Optuna's rule): a
signed-rank test of the folds so far against the same folds of the succeeded trial with the best
mean, one-sided. A trial whose mean is not worse is never stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from eegtune.spec.setting_rules import SettingRule
from eegtune.spec.trial import TrialCondition
from eegtune.stopping.curves import GO_ON, Decision, StaticRule, TrialCurve
from eegtune.stopping.target import Target

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "p_threshold", "float", 0.1, "Below this probability a trial stops.", low=0, high=1
    ),
    SettingRule("min_folds", "int", 2, "Folds before a trial is judged.", low=2),
)


@dataclass(frozen=True, slots=True)
class Wilcoxon:
    """The rule with its settings."""

    target: Target
    p_threshold: float
    min_folds: int
    katib_loss: str = "not available: a trial is compared fold by fold, not with a threshold"

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        """Stop where the folds so far are significantly worse than the best trial's."""
        done = [o for o in others if o.condition is TrialCondition.SUCCEEDED and o.values]
        if len(curve) < self.min_folds or not done:
            return GO_ON
        leader = min(done, key=lambda other: self.target.loss(fmean(other.values)))
        shared = min(len(curve), len(leader.values))
        if shared < self.min_folds:
            return GO_ON
        if not self.target.is_worse(fmean(curve), fmean(leader.values)):
            return GO_ON
        p_value = self._p_value(curve[:shared], leader.values[:shared])
        if p_value >= self.p_threshold:
            return GO_ON
        return Decision(True, f"worse than {leader.name} over {shared} folds (p = {p_value:.3g})")

    def static_rules(self, others: Sequence[TrialCurve]) -> tuple[StaticRule, ...]:
        """Return nothing: Katib compares with fixed thresholds only."""
        return ()

    def _p_value(self, own: Sequence[float], best: Sequence[float]) -> float:
        from scipy.stats import wilcoxon

        differences = [
            self.target.loss(a) - self.target.loss(b) for a, b in zip(own, best, strict=True)
        ]
        result = wilcoxon(differences, alternative="greater", zero_method="zsplit")
        return float(result.pvalue)


def build(target: Target, options: dict[str, Any]) -> Wilcoxon:
    """Return the rule."""
    return Wilcoxon(target, **options)
