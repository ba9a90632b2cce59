"""Katib's `medianstop` against what a real Katib did: curves and ends of its recorded trials.

The recorded Experiment maximizes `score`; each trial carried the rule "less than -1.2 at report
2", which Katib's collector applied.
"""

from __future__ import annotations

import pytest

from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition
from eegtune.stopping import Rule, StaticRule, TrialCurve, make_rule

SUCCEEDED = {
    "4hx5jffk": [-1.0690850168786048, -0.5690850168786048, -0.40241835021193806,
                 -0.3190850168786048],
    "m9xwhjzf": [-1.227768114098147, -0.7277681140981469, -0.5611014474314802,
                 -0.47776811409814685],
    "mkrtzpxg": [-1.3511592018214182, -0.8511592018214184, -0.6844925351547517,
                 -0.6011592018214184],
    "vjlsrql8": [-1.0337177060075695, -0.5337177060075696, -0.36705103934090294,
                 -0.2837177060075696],
}  # fmt: skip
EARLY_STOPPED = {
    "7z65z6px": [-4.494347508618803, -3.994347508618803],
    "kz8hvkm4": [-4.712724632041734, -4.212724632041734],
    "prstclww": [-2.6469067390809102, -2.1469067390809102],
}


def median_stop(objective: str = "maximize", minimum: int = 3) -> Rule:
    settings = [
        {"name": "min_trials_required", "value": str(minimum)},
        {"name": "start_step", "value": "2"},
    ]
    spec = {
        "objective": {"type": objective, "objectiveMetricName": "score"},
        "algorithm": {"algorithmName": "random"},
        "earlyStopping": {"algorithmName": "medianstop", "algorithmSettings": settings},
        "trialTemplate": {
            "primaryContainerName": "trial", "successCondition": "ok", "failureCondition": "bad",
        },
    }  # fmt: skip
    rule = make_rule(Experiment.model_validate({"metadata": {"name": "traffic"}, "spec": spec}))
    assert rule is not None
    return rule


def curves(
    found: dict[str, list[float]], condition: TrialCondition = TrialCondition.SUCCEEDED
) -> list[TrialCurve]:
    return [TrialCurve(name, condition, values) for name, values in found.items()]


def katibs_threshold(found: dict[str, list[float]], start_step: int) -> float:
    """What Katib's service computes of the DB manager's logs, in its own order of operations."""
    averages = {}
    for name, values in found.items():
        first = values[:start_step]
        total = 0.0
        for value in first:
            total += value
        averages[name] = total / len(first)
    return sum(averages.values()) / len(averages)


@pytest.mark.parametrize("name", [*SUCCEEDED, *EARLY_STOPPED])
def test_the_trials_that_katib_stopped_are_stopped_and_no_others(name: str) -> None:
    rule = median_stop()
    known = curves({f"earlier-{i}": [-1.2, -1.2] for i in range(3)})
    assert rule.static_rules(known) == (StaticRule("score", -1.2, "less", 2),)
    curve = {**SUCCEEDED, **EARLY_STOPPED}[name]
    stops = [rule.should_stop(curve[:n], known).stop for n in range(1, len(curve) + 1)]
    assert stops == [False, name in EARLY_STOPPED, *([False] * (len(curve) - 2))]


@pytest.mark.parametrize(
    ("objective", "comparison"), [("maximize", "less"), ("minimize", "greater")]
)
def test_the_threshold_is_the_one_that_katib_computes(objective: str, comparison: str) -> None:
    known = [*curves(SUCCEEDED), *curves(EARLY_STOPPED, TrialCondition.EARLY_STOPPED)]
    expected = katibs_threshold(SUCCEEDED, 2)
    assert expected == pytest.approx(-0.9204325097014349)
    (rule,) = median_stop(objective).static_rules(known)
    assert (rule.metric, rule.comparison, rule.start_step) == ("score", comparison, 2)
    assert rule.value == pytest.approx(expected, rel=1e-15)


def test_a_trial_with_fewer_reports_counts_with_those_that_it_has() -> None:
    short = {**SUCCEEDED, "short": [-0.5]}
    (rule,) = median_stop().static_rules(curves(short))
    assert rule.value == pytest.approx(katibs_threshold(short, 2), rel=1e-15)


def test_too_few_succeeded_trials_make_no_rule() -> None:
    stopped = curves(EARLY_STOPPED, TrialCondition.EARLY_STOPPED)
    assert median_stop(minimum=5).static_rules([*curves(SUCCEEDED), *stopped]) == ()
