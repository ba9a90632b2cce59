"""What every algorithm keeps, whatever the Experiment and its history."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_problems import make_experiment, parameter

from eegtune.search import suggest, validate_settings
from eegtune.search.algorithms import ALGORITHMS
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

C = TrialCondition
FAST = sorted(set(ALGORITHMS) - {"auto", "bayesianoptimization", "manual"})
SLOW = ["auto", "bayesianoptimization"]


@st.composite
def parameters(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A random space; the parameter `epochs` is there for algorithms that need a budget."""
    found = [parameter("epochs", "int", min="1", max="27")]
    for number in range(draw(st.integers(2, 4))):
        found.append(draw(_parameter(f"p{number}")))
    return found


def _parameter(name: str) -> st.SearchStrategy[dict[str, Any]]:
    distributions = st.sampled_from(["uniform", "logUniform", "normal", "logNormal"])
    low, width = st.integers(1, 20), st.integers(0, 40)
    return st.one_of(
        st.builds(
            lambda a, w, s, d: parameter(
                name, "int", min=str(a), max=str(a + w), step=str(s), distribution=d
            ),
            low, width, st.integers(1, 7), distributions,
        ),
        st.builds(
            lambda a, w, d: parameter(
                name, "double", min=f"{a}e-3", max=f"{a + w}e-3", step="0.0025", distribution=d
            ),
            low, width, distributions,
        ),
        st.builds(
            lambda values: parameter(name, "discrete", list=[str(v) for v in values]),
            st.lists(st.integers(-5, 50), min_size=1, max_size=5, unique=True),
        ),
        st.builds(
            lambda values: parameter(name, "categorical", list=values),
            st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=4, unique=True),
        ),
    )  # fmt: skip


def real(name: str) -> dict[str, Any]:
    return parameter(name, "double", min="1e-4", max="10", distribution="logUniform")


def build(algorithm: str, space: Sequence[Mapping[str, Any]]) -> Experiment:
    given: dict[str, str] = {}
    if algorithm in ("asha", "bohb", "hyperband", "pbt"):
        given["resource"] = "epochs"
    if algorithm == "cmaes" and sum(p["parameterType"] != "categorical" for p in space) < 2:
        space = [*space, real("x"), real("y")]
    return make_experiment(algorithm, space, settings=given, trials=40)


def is_inside(experiment: Experiment, assignments: Mapping[str, str]) -> bool:
    for p in experiment.spec.parameters:
        text, space = assignments[p.name], p.feasible_space
        if space.values is not None:
            if text not in space.values:
                return False
            continue
        low, high = Decimal(space.min or ""), Decimal(space.max or "")
        value = Decimal(text)
        if not low <= value <= high:
            return False
        step = (
            Decimal(space.step) if space.step else Decimal(1 if p.parameter_type == "int" else 0)
        )
        if step and (value - low) % step != 0:
            return False
        if p.parameter_type == "int" and text != str(int(value)):
            return False
    return list(assignments) == [p.name for p in experiment.spec.parameters]


def play(experiment: Experiment, seed: int, calls: int) -> None:
    """Ask with changing counts while trials end in every way; check each answer."""
    chance = random.Random(seed)
    trials: list[Trial] = []
    for _ in range(calls):
        count = chance.randint(1, 4)
        answer = suggest(experiment, trials, count=count)
        assert answer == suggest(experiment, trials, count=count)
        assert len(answer.suggestions) == count or answer.exhausted
        assert len(answer.suggestions) <= count
        assert not (answer.exhausted and len(answer.suggestions) == count)
        pending = [t.assignments for t in trials if not t.condition.is_completed]
        for s in answer.suggestions:
            assert is_inside(experiment, s.assignments), s.assignments
            if experiment.spec.algorithm.algorithm_name != "pbt":
                assert s.assignments not in pending
            pending.append(s.assignments)
            name = s.name or f"t{len(trials)}"
            trials.append(Trial(name, s.assignments, C.RUNNING, labels=s.labels))
        assert len({trial.name for trial in trials}) == len(trials)
        trials = [_end(trial, chance) for trial in trials]
        if answer.exhausted:
            break


def _end(trial: Trial, chance: random.Random) -> Trial:
    if trial.condition.is_completed or chance.random() < 0.4:
        return trial
    condition = chance.choice([C.SUCCEEDED] * 6 + [C.FAILED, C.EARLY_STOPPED, C.KILLED])
    value = chance.choice([chance.gauss(0, 1), chance.gauss(0, 1), 1e30, math.inf, math.nan])
    metrics = {"loss": value} if condition in (C.SUCCEEDED, C.EARLY_STOPPED) else {}
    return Trial(trial.name, trial.assignments, condition, metrics)


@pytest.mark.parametrize("algorithm", FAST)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(space=parameters(), seed=st.integers(0, 1000))
def test_answers_are_complete_inside_and_new(
    algorithm: str, space: list[dict[str, Any]], seed: int
) -> None:
    experiment = build(algorithm, space)
    validate_settings(experiment)
    play(experiment, seed, calls=8)


@pytest.mark.parametrize("algorithm", SLOW)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(space=parameters(), seed=st.integers(0, 1000))
def test_model_answers_are_complete_inside_and_new(
    algorithm: str, space: list[dict[str, Any]], seed: int
) -> None:
    play(build(algorithm, [*space, real("x")]), seed, calls=7)


@pytest.mark.parametrize("algorithm", [*FAST, *SLOW])
def test_constraints_and_conditions_hold(algorithm: str) -> None:
    space = [
        parameter("epochs", "int", min="1", max="9"),
        parameter("dim", "discrete", list=["512", "768", "1024"]),
        parameter("heads", "discrete", list=["8", "12", "16"]),
        parameter("hidden", "categorical", list=["false", "true"]),
        parameter("units", "int", min="128", max="512", step="32"),
        real("rate") if algorithm != "grid" else parameter("rate", "discrete", list=["1", "2"]),
    ]
    rules = {
        "constraints": "dim % heads == 0; rate < 5 || units <= 256",
        "conditions": "units: hidden == 'true'",
    }
    extra = {"resource": "epochs"} if algorithm in ("asha", "bohb", "hyperband", "pbt") else {}
    experiment = make_experiment(algorithm, space, settings={**rules, **extra}, trials=30)
    validate_settings(experiment)
    trials: list[Trial] = []
    for call in range(8):
        for s in suggest(experiment, trials, count=3).suggestions:
            a = s.assignments
            assert int(a["dim"]) % int(a["heads"]) == 0
            assert float(a["rate"]) < 5 or int(a["units"]) <= 256
            assert a["hidden"] == "true" or a["units"] == "128"
            loss = abs(math.log(float(a["rate"]))) + int(a["units"]) / 512
            name = s.name or f"t{len(trials)}"
            trials.append(Trial(name, a, C.SUCCEEDED, {"loss": loss + call * 0.01}))
