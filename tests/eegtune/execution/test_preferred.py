from __future__ import annotations

import pytest

from eegtune.execution.preferred import NothingPreferredError, preferred_trials
from eegtune.spec import load_experiment_text
from eegtune.spec.generation import plan_for_component, write_plan
from eegtune.spec.trial import Trial, TrialCondition

EXPERIMENT = load_experiment_text(write_plan(plan_for_component("efficiency")))


def _trial(name: str, accuracy: float, latency_ms: float, memory_mb: float) -> Trial:
    metrics = {"val_accuracy": accuracy, "latency_ms": latency_ms, "memory_mb": memory_mb}
    return Trial(name, {"x": name}, TrialCondition.SUCCEEDED, metrics)


TRIALS = [
    _trial("fast", 0.7, 10.0, 80.0),
    _trial("good", 0.9, 40.0, 300.0),
    _trial("between", 0.8, 20.0, 90.0),
    Trial("running", {"x": "1"}, TrialCondition.RUNNING),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("latency_ms<20", ["fast"]),
        ("latency_ms <= 20", ["fast", "between"]),
        ("latency_ms <= 20; val_accuracy > 0.75", ["between"]),
        ("latency_ms * memory_mb < 1000.0", ["fast"]),
        ("memory_mb < 1000", ["fast", "good", "between"]),
    ],
)
def test_what_keeps_the_limits(wanted: str, names: list[str]) -> None:
    assert [trial.name for trial in preferred_trials(EXPERIMENT, TRIALS, wanted)] == names


def test_the_nearest_is_told_where_nothing_does() -> None:
    with pytest.raises(NothingPreferredError, match=r"has latency_ms<5; .*latency_ms 10, memory"):
        preferred_trials(EXPERIMENT, TRIALS, "latency_ms<5")
    assert preferred_trials(EXPERIMENT, TRIALS[3:], "latency_ms<5") == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("latency<20", "--prefer names the metric 'latency'; allowed are val_accuracy, lat"),
        ("latency_ms <", "latency_ms <"),
        (" ", "--prefer is empty"),
    ],
)
def test_limits_that_cannot_be_read(wanted: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preferred_trials(EXPERIMENT, TRIALS, wanted)
