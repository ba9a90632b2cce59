from __future__ import annotations

from typing import Any

import pytest

from eegtune.execution.best import (
    best_trial,
    best_trials,
    chosen_trial,
    chosen_trials,
    objective_value,
)
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


def auto(**settings: str) -> dict[str, Any]:
    pairs = [{"name": name, "value": value} for name, value in settings.items()]
    return {"algorithmName": "auto", "algorithmSettings": pairs}


def test_a_lucky_trial_is_not_chosen_when_its_configuration_failed_to_repeat(
    make_experiment: Any,
) -> None:
    honest = [trial(f"h{i}", 1.0 + 0.01 * i, x="0.25") for i in range(6)]
    others = [trial(f"o{i}", 1.5 + i / 10, x=str(0.3 + i / 20)) for i in range(8)]
    luck = [trial("lucky", 0.9, x="0.9"), trial("again", 3.0, x="0.9"), trial("b", 3.1, x="0.9")]
    trials = [*others, *luck, *honest]
    assert best_trial(make_experiment(), trials) is luck[0]
    for algorithm in (auto(), {"algorithmName": "random"}):
        chosen = chosen_trials(make_experiment(algorithm=algorithm), trials, 3)
        assert chosen[0].name == "h0"
        assert len({each.assignments["x"] for each in chosen}) == 3
    assert chosen_trial(make_experiment(), [*others, luck[0]]) is luck[0]


def test_several_objectives_have_a_front(make_experiment: Any) -> None:
    objective = {
        "type": "minimize",
        "objectiveMetricName": "loss",
        "additionalMetricNames": ["latency_ms"],
    }
    experiment = make_experiment(
        objective=objective, algorithm=auto(objectives="latency_ms:min, loss:min")
    )
    values = [(0.3, 1.0), (0.1, 3.0), (0.2, 2.0), (0.25, 2.5)]
    trials = [
        Trial(
            f"t{i}",
            {"x": str(i / 4)},
            TrialCondition.SUCCEEDED,
            {"loss": loss, "latency_ms": latency},
        )
        for i, (loss, latency) in enumerate(values)
    ]
    assert [each.name for each in chosen_trials(experiment, trials)] == ["t1", "t2", "t0"]
    assert [each.name for each in chosen_trials(experiment, trials, 1)] == ["t1"]


def test_settings_of_another_service_are_compared_by_value(make_experiment: Any) -> None:
    algorithm = {
        "algorithmName": "bayesianoptimization",
        "algorithmSettings": [{"name": "no-such-setting", "value": "RF"}],
    }
    trials = [trial("a", 2), trial("b", 1), trial("c", 1, x="0.5")]
    assert chosen_trial(make_experiment(algorithm=algorithm), trials) is trials[1]
