"""Whole runs, with real processes."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.records import RunCondition
from eegtune.execution.runner import RunnerError
from eegtune.execution.source import SearchError
from eegtune.execution.store import NoRunError, RunStore

from .whole_runs import run, trials_of


def test_a_run_keeps_everything(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import os, sys
        print("2026-01-31T12:00:00Z loss=" + sys.argv[1], "loss=2")
        print(os.environ["KATIB_TRIAL_NAME"], file=sys.stderr)
    """
    experiment = make_experiment(script)
    result = run(experiment, tmp_path / "run")
    assert (result.state.condition, result.state.reason) == (
        RunCondition.SUCCEEDED, "ExperimentMaxTrialsReached",
    )  # fmt: skip
    with RunStore.open(tmp_path / "run") as store:
        trials = store.trials()
        assert store.experiment == experiment
        assert [trial.number for trial in trials] == [0, 1, 2, 3]
        assert {str(trial.condition) for trial in trials} == {"Succeeded"}
        for trial in trials:
            x = trial.trial.assignments["x"]
            assert trial.trial.metrics == {"loss": float(x)}
            log = store.metric_log(trial.name)
            assert [(point.text, point.report) for point in log] == [(x, 1), ("2", 2)]
            assert [point.time and point.time.hour for point in log] == [12, 12]
            folder = store.folder.trial(trial.name)
            assert folder.stderr.read_text() == f"{trial.name}\n"
            assert folder.stdout.read_text().startswith("2026-01-31T12:00:00Z")
            assert trial.duration_seconds is not None
    best = min(trials, key=lambda trial: trial.trial.metrics["loss"])
    assert result.best is not None
    assert result.best.name == best.name


@pytest.mark.parametrize(
    ("spec", "reason", "counts"),
    [
        ({"objective": {"type": "minimize", "goal": 5, "objectiveMetricName": "loss"}},
         "ExperimentGoalReached", (1, 2)),
        ({"maxFailedTrialCount": 1, "container": {"command": ["false", "${trialParameters.x}"]}},
         "ExperimentFailed", (1, 2)),
        ({"parameters": [{"name": "x", "parameterType": "categorical",
                          "feasibleSpace": {"list": ["1", "2"]}}],
          "algorithm": {"algorithmName": "grid"}, "maxTrialCount": None},
         "ExperimentSuggestionEndReached", (2, 2)),
    ],
)  # fmt: skip
def test_how_runs_end(
    make_experiment: Any, tmp_path: Path, spec: Any, reason: str, counts: tuple[int, int]
) -> None:
    spec = {key: value for key, value in spec.items() if value is not None}
    experiment = make_experiment(**spec)
    if reason == "ExperimentSuggestionEndReached":
        experiment = experiment.with_spec(max_trial_count=None)
    result = run(experiment, tmp_path)
    assert result.state.reason == reason
    assert counts[0] <= len(trials_of(tmp_path)) <= counts[1]


def test_leftovers_are_killed_when_the_goal_is_reached(
    make_experiment: Any, tmp_path: Path
) -> None:
    script = """
        import sys, time
        if float(sys.argv[1]) > 0.5: time.sleep(60)
        print("loss=" + sys.argv[1])
    """
    goal = {"type": "minimize", "goal": 0.5, "objectiveMetricName": "loss"}
    result = run(make_experiment(script, objective=goal, parallelTrialCount=4), tmp_path)
    assert result.state.reason == "ExperimentGoalReached"
    conditions = {str(trial.condition) for trial in trials_of(tmp_path)}
    assert conditions == {"Succeeded", "Killed"}


def test_a_template_that_cannot_run_ends_the_run(make_experiment: Any, tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="has no command"):
        run(
            make_experiment(container={"command": None, "args": ["${trialParameters.x}"]}),
            tmp_path,
        )
    assert {str(trial.condition) for trial in trials_of(tmp_path)} == {"Created"}


def test_a_search_that_cannot_go_on_ends_the_run(make_experiment: Any, tmp_path: Path) -> None:
    algorithm = {"algorithmName": "random", "algorithmSettings": [{"name": "no", "value": "1"}]}
    with pytest.raises(SearchError, match="'no'"):
        run(make_experiment(algorithm=algorithm), tmp_path)


def test_a_folder_that_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(NoRunError, match="no run here"):
        RunStore.open(tmp_path)
    (tmp_path / "run.db").write_bytes(b"not a database" * 100)
    with pytest.raises(NoRunError, match="cannot be read"):
        RunStore.open(tmp_path)


def test_a_database_that_lost_its_tables_is_refused(make_experiment: Any, tmp_path: Path) -> None:
    run(make_experiment(maxTrialCount=1), tmp_path)
    with sqlite3.connect(tmp_path / "run.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE run")
    with pytest.raises(NoRunError, match=r"run.db cannot be read: no such table: run"):
        RunStore.open(tmp_path)


def test_a_run_of_a_newer_eegtune_is_refused(make_experiment: Any, tmp_path: Path) -> None:
    run(make_experiment(maxTrialCount=1), tmp_path)
    with sqlite3.connect(tmp_path / "run.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(NoRunError, match="version 999"):
        RunStore.open(tmp_path)
    with pytest.raises(NoRunError, match="version 999"):
        run(make_experiment(maxTrialCount=1), tmp_path)
