"""What a real Katib made of the output of sixteen trials, and what we make of it.

`katib_recorded.json` was recorded on 2026-11-21 from a Katib built at 33c8ff4: an Experiment that
maximizes `score` beside `latency_ms`, with trials that succeed, crash, print nothing, print nan
or are stopped early; the lines of each trial and the observation that Katib stored.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eegtune.metrics.observation import MetricSummary, Observation
from eegtune.metrics.reader import TextReader
from eegtune.spec.experiment import Objective

RECORDED = json.loads(Path(__file__).with_name("katib_recorded.json").read_text())
OBJECTIVE = Objective(
    type="maximize", objective_metric_name="score", additional_metric_names=("latency_ms",)
)


def read(trial: dict[str, Any]) -> tuple[Observation, dict[str, MetricSummary]]:
    reader = TextReader(OBJECTIVE.metric_names)
    observation, summaries = Observation(OBJECTIVE), {name: MetricSummary() for name in
                                                      OBJECTIVE.metric_names}  # fmt: skip
    for line in trial["lines"]:
        reports = reader.read(line)
        observation.add(reports)
        for report in reports:
            summaries[report.name].add(report)
    return observation, summaries


def katibs(text: str) -> float | None:
    return None if text == "unavailable" else float(text)


@pytest.mark.parametrize(
    "trial",
    [each for each in RECORDED if each["condition"] in ("Succeeded", "EarlyStopped")],
    ids=lambda trial: trial["trial"],
)
def test_observations_are_katibs(trial: dict[str, Any]) -> None:
    _, summaries = read(trial)
    assert len(trial["observation"]) == 2
    for name, expected in trial["observation"].items():
        summary = summaries[name]
        found = [summary.value(strategy) for strategy in ("min", "max", "latest")]
        assert found == [katibs(expected[key]) for key in ("min", "max", "latest")]


@pytest.mark.parametrize(
    "trial",
    [each for each in RECORDED if each["kind"] == "silent"],
    ids=lambda each: each["trial"],
)
def test_silent_trials_have_no_observation_there_and_here(trial: dict[str, Any]) -> None:
    observation, _ = read(trial)
    assert trial["condition"] == "MetricsUnavailable"
    assert observation.metrics == {}
    assert "no line with score=VALUE" in observation.why_unavailable()


def test_the_recording_is_complete() -> None:
    kinds = {each["kind"] for each in RECORDED}
    assert len(RECORDED) == 16
    assert kinds >= {"plain", "crash", "silent", "nan"} or kinds >= {"plain2", "crash", "silent"}
