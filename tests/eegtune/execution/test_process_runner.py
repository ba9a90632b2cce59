from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment


@pytest.mark.parametrize("platform", [sys.platform, "darwin"])
def test_a_trial_runner_command_scores_alike_forked_and_started_anew(
    platform: str,
    make_experiment: Callable[..., Experiment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system is not Linux, each trial is a new program instead of a fork."""
    monkeypatch.setattr("eegtune.execution.process_runner.sys.platform", platform)
    experiment = make_experiment(
        maxTrialCount=2,
        objective={"type": "maximize", "objectiveMetricName": "score"},
        container={"command": ["trial-runner", "noop", "--x=${trialParameters.x}"]},
    )
    run_experiment(experiment, tmp_path / "run")
    with RunStore.open(tmp_path / "run") as store:
        trials = [record.trial for record in store.trials()]
    assert [float(trial.assignments["x"]) for trial in trials] == [
        pytest.approx(trial.metrics["score"]) for trial in trials
    ]
