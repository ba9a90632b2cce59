"""The settings that all search algorithms take, and those of all with a budget parameter."""

from __future__ import annotations

from eegtune.spec.setting_rules import SettingRule

RANDOM_STATE = SettingRule(
    "random_state", "int", None, "Seed of the search; by default made of the Experiment's name.",
    low=0, in_katib=True,
)  # fmt: skip

INITIAL_POINTS = SettingRule(
    "initial_points", "text", None, "JSON list of configurations to try first, in order."
)

COMMON: tuple[SettingRule, ...] = (
    RANDOM_STATE,
    INITIAL_POINTS,
    SettingRule("objectives", "text", None, "Several objectives: `metric:max,other:min`."),
    SettingRule("constraints", "text", None, "CEL expressions over parameters, `;` between them."),
    SettingRule("outcome_constraints", "text", None, "CEL over metrics: `memory_mb <= 16000`."),
    SettingRule("conditions", "text", None, "`parameter: CEL` — it matters only where CEL holds."),
    SettingRule("warm_start", "text", None, "URI of an earlier run whose trials are prior ones."),
    SettingRule(
        "warm_start_weight", "float", 1.0,
        "How much of an own trial a prior one counts before there are own ones.", low=0, high=1,
    ),
    SettingRule(
        "issued_points", "text", None,
        "Written back by the service: what was suggested and is not known to have ended.",
    ),
)  # fmt: skip

RESOURCE: tuple[SettingRule, ...] = (
    SettingRule("resource", "text", None, "The parameter that is the budget (epochs, folds…)."),
    SettingRule("min_resource", "float", None, "Smallest budget.", low=0, is_open=True),
    SettingRule("max_resource", "float", None, "Largest budget.", low=0, is_open=True),
    SettingRule("reduction_factor", "float", 3.0, "One of this many is promoted.", low=1.0001),
)
