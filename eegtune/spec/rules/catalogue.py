"""All rules."""

from __future__ import annotations

from eegtune.spec.rules import (
    algorithm,
    budget,
    collector,
    command,
    early_stopping,
    identity,
    objective,
    parameters,
    reading,
    search_space,
    template,
    trial_pods,
    update,
)
from eegtune.spec.rules.rule import Rule

TOPICS: dict[str, tuple[Rule, ...]] = {
    "Reading the file": reading.RULES,
    "Name, labels, namespace": identity.RULES,
    "Trials and resuming": budget.RULES,
    "Objective and metrics": objective.RULES,
    "Parameters": parameters.RULES,
    "Algorithm and early stopping": algorithm.RULES,
    "What algorithms make of spaces": search_space.RULES,
    "Trial template": template.RULES,
    "Metrics collector": collector.RULES,
    "Command": command.RULES,
    "Pods": (*trial_pods.RULES, *early_stopping.RULES),
    "Changes of an Experiment in the cluster (`--against`)": update.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in TOPICS.values() for rule in rules)
