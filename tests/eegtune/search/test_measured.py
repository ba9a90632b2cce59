"""Times and scores of full trials, from a run so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from search_problems import START, finished, make_experiment, parameter

from eegtune.search.engine import compile_problem
from eegtune.search.measured import full_trial_seconds, full_values
from eegtune.search.problem import Problem
from eegtune.spec.trial import Trial, TrialCondition

SPACE = (
    parameter("rate", "double", min="0", max="1"),
    parameter("epochs", "int", min="1", max="9"),
)


def problem(algorithm: str) -> Problem:
    settings = {"resource": "epochs"} if algorithm == "asha" else {}
    return compile_problem(make_experiment(algorithm, SPACE, settings=settings))


def trial(rate: str, epochs: int, seconds: float, loss: float = 1.0) -> Trial:
    made = finished(0, {"rate": rate, "epochs": str(epochs)}, {"loss": loss})
    return replace(made, completion_time=START + timedelta(seconds=seconds))


def test_without_a_budget_it_is_the_median() -> None:
    trials = [trial("0.1", 1, 10), trial("0.2", 5, 20), trial("0.3", 9, 60)]
    assert full_trial_seconds(problem("random"), trials) == 20
    assert full_values(problem("random"), trials) == [1.0, 1.0, 1.0]


def test_rungs_of_one_configuration_count_together() -> None:
    trials = [trial(f"0.{i}", 1, 10) for i in range(6)]
    trials += [trial("0.1", 3, 20), trial("0.1", 9, 60, loss=0.5)]
    assert full_trial_seconds(problem("asha"), trials) == 90
    assert full_values(problem("asha"), trials) == [0.5]


def test_what_none_has_reached_grows_with_the_budget() -> None:
    trials = [trial("0.1", 1, 10), trial("0.2", 1, 12), trial("0.1", 3, 20)]
    assert full_trial_seconds(problem("asha"), trials) == pytest.approx(90)


def test_only_succeeded_trials_are_timed() -> None:
    failed = replace(trial("0.1", 9, 5), condition=TrialCondition.FAILED, metrics={})
    running = replace(trial("0.1", 9, 5), condition=TrialCondition.RUNNING)
    assert full_trial_seconds(problem("random"), [failed, running]) is None
    assert full_values(problem("random"), [failed, running]) == []
