"""What every algorithm keeps with every option, with constraints, with trials that get lost."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_problems import finished, make_experiment, parameter
from test_properties import is_inside

from eegtune.search import suggest, validate_settings
from eegtune.search.algorithms import ALGORITHMS, find_algorithm
from eegtune.spec.experiment import Experiment
from eegtune.spec.setting_rules import SettingRule
from eegtune.spec.trial import Trial, TrialCondition

C = TrialCondition
ONE_GOAL = {"asha", "bohb", "hyperband", "pbt", "cmaes"}
WITH_BUDGET = {"asha", "bohb", "hyperband", "pbt"}
SLOW = ("auto", "bayesianoptimization")
FAST = sorted(set(ALGORITHMS) - set(SLOW) - {"manual"})
# They name parameters, budgets or files, and have tests of their own; the trees need seconds.
NAMED = {
    "resource", "resource_name", "min_resource", "max_resource", "r_l", "may_change",
    "resource_step", "suggestion_trial_dir", "base_estimator",
}  # fmt: skip
SPACE = [
    parameter("epochs", "int", min="1", max="27"),
    parameter("x", "double", min="1e-4", max="10", distribution="logUniform"),
    parameter("y", "double", min="0", max="1", step="0.1"),
    parameter("units", "int", min="8", max="64", step="8"),
    parameter("kind", "categorical", list=["a", "b", "c"]),
]
CONSTRAINT = "x * 2.0 <= 10.0 || units <= 32"


def value_of(rule: SettingRule) -> st.SearchStrategy[str]:
    if rule.choices:
        return st.sampled_from(rule.choices)
    if rule.kind == "flag":
        return st.sampled_from(["true", "false"])
    low = max(rule.low, 2.0 if rule.kind == "int" else 0.05)
    high = min(rule.high, 0.95) if rule.high < math.inf else low + 8
    if rule.kind == "int":
        return st.integers(math.ceil(low), int(high)).map(str)
    return st.floats(min(low, high), high).map(repr)


@st.composite
def experiments(draw: st.DrawFn, algorithm: str) -> Experiment:
    """An Experiment with any of the algorithm's settings and any of those that all take."""
    rules = [rule for rule in find_algorithm(algorithm).SETTINGS if rule.name not in NAMED]
    asked = {rule.name: draw(value_of(rule)) for rule in rules if draw(st.booleans())}
    if algorithm in WITH_BUDGET or (algorithm == "auto" and draw(st.booleans())):
        asked["resource"] = "epochs"
    if draw(st.booleans()):
        asked["constraints"] = CONSTRAINT
    if algorithm not in ("cmaes",) and draw(st.booleans()):
        asked["conditions"] = "y: kind == 'a'"
    if draw(st.booleans()):
        asked["outcome_constraints"] = "other <= 0.5"
    if algorithm not in ONE_GOAL and "resource" not in asked and draw(st.booleans()):
        asked["objectives"] = "loss:min, other:max"
    space = [*SPACE]
    if algorithm == "grid":
        space[1] = parameter("x", "discrete", list=["0.1", "1", "10"])
    return make_experiment(
        algorithm,
        space,
        settings=asked,
        metrics=("loss", "other"),
        trials=draw(st.integers(9, 40)),
    )


def keeps_rules(experiment: Experiment, values: dict[str, str]) -> bool:
    """Say whether a point is in the space, keeps the constraint, and has inactive values low."""
    asked = experiment.spec.algorithm.settings
    is_allowed = float(values["x"]) * 2 <= 10 or int(values["units"]) <= 32
    is_settled = values["kind"] == "a" or float(values["y"]) == 0
    return (
        is_inside(experiment, values)
        and (is_allowed or "constraints" not in asked)
        and (is_settled or "conditions" not in asked)
    )


def play(experiment: Experiment, seed: int, calls: int) -> None:
    """Ask again and again while trials end in every way, and some are never seen."""
    chance = random.Random(seed)
    is_population = experiment.spec.algorithm.algorithm_name == "pbt"
    seen: list[Trial] = []
    issued = 0
    for _ in range(calls):
        count = chance.randint(1, 5)
        answer = suggest(experiment, seen, issued=issued, count=count)
        assert answer == suggest(experiment, list(seen), issued=issued, count=count)
        found = answer.suggestions
        assert len(found) == count or (answer.exhausted and len(found) < count)
        pending = [t.assignments for t in seen if not t.condition.is_completed]
        for s in found:
            assert keeps_rules(experiment, dict(s.assignments)), s.assignments
            # A population's step continues a checkpoint: another trial, even of equal values.
            assert is_population or s.assignments not in pending
            pending.append(s.assignments)
            trial = Trial(s.name or f"t{issued}", s.assignments, C.RUNNING, labels=s.labels)
            issued += 1
            if chance.random() > 0.1:  # one in ten is never seen again
                seen.append(trial)
        seen = [_end(trial, chance) for trial in seen]
        if answer.exhausted:
            break


def _end(trial: Trial, chance: random.Random) -> Trial:
    if trial.condition.is_completed or chance.random() < 0.3:
        return trial
    condition = chance.choice(
        [C.SUCCEEDED] * 7 + [C.FAILED, C.EARLY_STOPPED, C.METRICS_UNAVAILABLE]
    )
    metrics = {
        name: chance.choice([chance.gauss(0, 1), 1e30, math.nan]) for name in ("loss", "other")
    }
    if chance.random() < 0.7:
        metrics = {"loss": chance.gauss(0, 1), "other": chance.random()}
    has_result = condition in (C.SUCCEEDED, C.EARLY_STOPPED)
    return Trial(
        trial.name, trial.assignments, condition, metrics if has_result else {}, trial.labels
    )


def check(algorithm: str, data: st.DataObject, calls: int) -> None:
    experiment = data.draw(experiments(algorithm))
    validate_settings(experiment)
    play(experiment, data.draw(st.integers(0, 10_000)), calls)


@pytest.mark.parametrize("algorithm", FAST)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_option_keeps_the_rules(algorithm: str, data: st.DataObject) -> None:
    check(algorithm, data, calls=8)


@pytest.mark.parametrize("algorithm", SLOW)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_option_of_the_models_keeps_the_rules(algorithm: str, data: st.DataObject) -> None:
    check(algorithm, data, calls=7)


def rungs_of(trials: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for trial in trials:
        budget = trial.assignments["epochs"]
        found[budget] = found.get(budget, 0) + 1
    return found


@settings(max_examples=2, derandomize=True, deadline=None)
@given(seed=st.integers(0, 10_000), slots=st.sampled_from([4, 7]))
def test_no_bracket_waits_for_trials_that_are_never_seen(seed: int, slots: int) -> None:
    """One in five is lost for good; still as many go on as may, and no point comes twice."""
    chance = random.Random(seed)
    experiment = make_experiment("asha", SPACE, settings={"resource": "epochs"}, trials=300)
    seen: list[Trial] = []
    made: list[Trial] = []
    while len(made) < 150:
        proposal = suggest(experiment, seen, issued=len(made), count=slots)
        assert len(proposal.suggestions) == slots
        for s in proposal.suggestions:
            loss = float(s.assignments["y"]) + 1 / int(s.assignments["epochs"])
            number = len(made) - len(made) % slots  # all of a call start and end together
            trial = finished(number, s.assignments, {"loss": loss}, C.SUCCEEDED, s.name, s.labels)
            made.append(trial)
            if chance.random() < 0.8:
                seen.append(trial)
    points = [tuple(trial.assignments.values()) for trial in made]
    assert len(set(points)) == len(points)
    assert rungs_of(made)["3"] >= 0.8 * (rungs_of(seen)["1"] // 3)
    assert rungs_of(made)["9"] >= 2
