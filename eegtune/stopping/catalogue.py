"""Which rules there are, and the rule of an Experiment."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

from eegtune.spec.experiment import Experiment
from eegtune.spec.setting_rules import SettingRule, parse_settings
from eegtune.stopping.curves import Rule
from eegtune.stopping.target import Target

RULES = {
    "asha-stop": "asha_stop",
    "medianstop": "medianstop",
    "patience": "patience",
    "percentile": "percentile",
    "wilcoxon": "wilcoxon",
}


class RuleModule(Protocol):
    """What a rule's module has."""

    SETTINGS: tuple[SettingRule, ...]

    def build(self, target: Target, options: dict[str, Any]) -> Rule:
        """Return the rule with its settings."""


def make_rule(experiment: Experiment) -> Rule | None:
    """Return an Experiment's early-stopping rule; None where it has none.

    Raises:
        ValueError: An unknown rule or setting, or an ill-typed one.
    """
    stopping = experiment.spec.early_stopping
    if stopping is None:
        return None
    module = find_rule(stopping.algorithm_name)
    options = parse_settings(stopping.algorithm_name, stopping.settings, module.SETTINGS)
    objective = experiment.spec.objective
    target = Target(objective.objective_metric_name, objective.type == "maximize")
    return module.build(target, options)


def validate_stopping(experiment: Experiment) -> tuple[str, ...]:
    """Check an Experiment's rule and say what it loses under Katib.

    Raises:
        ValueError: An unknown rule or setting, or an ill-typed one.
    """
    rule = make_rule(experiment)
    stopping = experiment.spec.early_stopping
    if rule is None or stopping is None or not rule.katib_loss:
        return ()
    return (f"early stopping {stopping.algorithm_name} under Katib: {rule.katib_loss}",)


def find_rule(name: str) -> RuleModule:
    """Return a rule's module.

    Raises:
        ValueError: There is no such rule.
    """
    if name not in RULES:
        raise ValueError(
            f"unknown early stopping {name!r}; allowed are {', '.join(sorted(RULES))}"
        )
    return cast(RuleModule, import_module(f"eegtune.stopping.rules.{RULES[name]}"))
