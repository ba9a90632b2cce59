from __future__ import annotations

from typing import Any

import pytest

from eegtune.execution.best import best_trial, best_trials, objective_value
from eegtune.spec.trial import Trial, TrialCondition


def trial(name: str, loss: float | None, condition: str = "Succeeded", x: str = "1") -> Trial:
    metrics = {} if loss is None else {"loss": loss}
    return Trial(name, {"x": x}, TrialCondition(condition), metrics)


@pytest.mark.parametrize(
    ("trials", "best"),
    [
        ([], None),
        ([trial("a", 2), trial("b", 1), trial("c", 3)], "b"),
        ([trial("a", 1), trial("b", 1)], "a"),
        ([trial("a", 2), trial("b", 1, "EarlyStopped")], "b"),
        ([trial("a", 2), trial("b", 1, "Running")], "a"),
        ([trial("a", None, "MetricsUnavailable")], None),
    ],
)
def test_best(make_experiment: Any, trials: list[Trial], best: str | None) -> None:
    found = best_trial(make_experiment(), trials)
    assert (found and found.name) == best


def test_maximize_and_several(make_experiment: Any) -> None:
    experiment = make_experiment(objective={"type": "maximize", "objectiveMetricName": "loss"})
    trials = [trial("a", 2), trial("b", 1), trial("c", 3)]
    assert [each.name for each in best_trials(experiment, trials, 2)] == ["c", "a"]


@pytest.mark.parametrize(
    "settings",
    [
        {"resource": "x"},
        {"resource_name": "x", "r_l": "1"},
        {"resource": "x", "max_resource": "1"},
    ],
)
def test_only_trials_at_the_largest_resource_count(make_experiment: Any, settings: Any) -> None:
    algorithm = {
        "algorithmName": "hyperband",
        "algorithmSettings": [{"name": name, "value": value} for name, value in settings.items()],
    }
    experiment = make_experiment(algorithm=algorithm)
    low, high = trial("low", 0.1, x="0.5"), trial("high", 0.3, x="1.0")
    assert best_trial(experiment, [low, high]) == high
    assert objective_value(experiment, low) is None
