"""When to stop a trial early: one rule type, judged after each report of a trial.

rule = make_rule(experiment)
if rule is not None and rule.should_stop(curve, others).stop: ...
"""

from eegtune.stopping.catalogue import RULES, make_rule, validate_stopping
from eegtune.stopping.curves import Decision, Rule, StaticRule, TrialCurve

__all__ = [
    "RULES",
    "Decision",
    "Rule",
    "StaticRule",
    "TrialCurve",
    "make_rule",
    "validate_stopping",
]
