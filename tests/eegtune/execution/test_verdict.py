from __future__ import annotations

from typing import Any

import pytest

from eegtune.execution.verdict import Tally, room_for_new_trials, verdict_of
from eegtune.spec.trial import TrialCondition as C

SUCCEEDED, FAILED, RUNNING = C.SUCCEEDED, C.FAILED, C.RUNNING


@pytest.mark.parametrize(
    ("conditions", "best", "spec", "reason"),
    [
        ([], None, {}, None),
        ([SUCCEEDED] * 3, 0.5, {}, None),
        ([SUCCEEDED] * 4, 0.5, {}, "ExperimentMaxTrialsReached"),
        ([SUCCEEDED] * 3 + [RUNNING], 0.5, {}, None),
        ([FAILED] * 4, None, {}, "ExperimentMaxTrialsReached"),
        ([SUCCEEDED, FAILED, C.METRICS_UNAVAILABLE, C.EARLY_STOPPED], 0.5, {},
         "ExperimentMaxTrialsReached"),
        ([SUCCEEDED, C.KILLED, C.KILLED, C.KILLED], 0.5, {}, "ExperimentMaxTrialsReached"),
        ([FAILED], None, {"maxFailedTrialCount": 0}, "ExperimentFailed"),
        ([SUCCEEDED], 0.5, {"maxFailedTrialCount": 0}, None),
        ([FAILED, C.METRICS_UNAVAILABLE], None, {"maxFailedTrialCount": 2}, "ExperimentFailed"),
        ([FAILED, C.KILLED], None, {"maxFailedTrialCount": 2}, None),
    ],
)  # fmt: skip
def test_ends_in_katibs_words(
    make_experiment: Any, conditions: Any, best: Any, spec: Any, reason: Any
) -> None:
    verdict = verdict_of(
        make_experiment(**spec).spec, Tally(conditions), best, search_exhausted=False
    )
    assert (verdict and verdict.reason) == reason


def objective(kind: str, goal: float) -> dict[str, object]:
    return {"objective": {"type": kind, "goal": goal, "objectiveMetricName": "loss"}}


@pytest.mark.parametrize(
    ("kind", "goal", "best", "reached"),
    [
        ("minimize", 0.1, 0.1, True),
        ("minimize", 0.1, 0.11, False),
        ("maximize", 0.9, 0.9, True),
        ("maximize", 0.9, 0.89, False),
        ("minimize", 0.0, None, False),
    ],
)
def test_goal_is_inclusive(
    make_experiment: Any, kind: Any, goal: Any, best: Any, reached: Any
) -> None:
    spec = make_experiment(**objective(kind, goal)).spec
    verdict = verdict_of(spec, Tally([SUCCEEDED]), best, search_exhausted=False)
    assert (verdict is not None) == reached


def test_order_is_goal_then_failures_then_number_of_trials(make_experiment: Any) -> None:
    tally = Tally([SUCCEEDED, FAILED, FAILED, FAILED])
    spec = make_experiment(maxFailedTrialCount=3, **objective("minimize", 0.5)).spec
    assert verdict_of(spec, tally, 0.4, search_exhausted=True).reason == "ExperimentGoalReached"
    assert verdict_of(spec, tally, 0.6, search_exhausted=True).reason == "ExperimentFailed"


def test_an_exhausted_search_ends_when_nothing_runs(make_experiment: Any) -> None:
    spec = make_experiment().spec
    assert verdict_of(spec, Tally([SUCCEEDED, RUNNING]), 0.5, search_exhausted=True) is None
    verdict = verdict_of(spec, Tally([SUCCEEDED, FAILED]), 0.5, search_exhausted=True)
    assert verdict is not None
    assert verdict.reason == "ExperimentSuggestionEndReached"


@pytest.mark.parametrize(
    ("conditions", "room"),
    [
        ([], 2),
        ([RUNNING], 1),
        ([RUNNING] * 2, 0),
        ([RUNNING] * 3, 0),  # parallelTrialCount was made smaller
        ([SUCCEEDED] * 3, 1),
        ([SUCCEEDED] * 3 + [RUNNING], 0),
        ([C.METRICS_UNAVAILABLE] * 3, 1),  # Katib would start two here
        ([SUCCEEDED] * 4, 0),
        ([SUCCEEDED] * 5, 0),
    ],
)
def test_room_never_overruns(make_experiment: Any, conditions: Any, room: int) -> None:
    assert room_for_new_trials(make_experiment().spec, Tally(conditions), 2) == room


@pytest.mark.parametrize(
    ("conditions", "room"),
    [
        ([C.METRICS_UNAVAILABLE] * 3, 2),  # the overrun
        ([C.METRICS_UNAVAILABLE] * 3 + [RUNNING], 1),
        ([SUCCEEDED] * 3, 1),
        ([C.EARLY_STOPPED, FAILED, C.KILLED, RUNNING], 0),
    ],
)
def test_room_as_katib_counts(make_experiment: Any, conditions: Any, room: int) -> None:
    spec = make_experiment().spec
    assert room_for_new_trials(spec, Tally(conditions), 2, strict_katib=True) == room
