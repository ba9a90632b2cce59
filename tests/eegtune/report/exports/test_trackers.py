"""Exports into real trackers, skipped where these are not installed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Report
from eegtune.report.exports.files import write_file
from eegtune.report.exports.optuna_storage import export_to_optuna
from eegtune.spec import Trial, TrialCondition, load_experiment_text

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EXPERIMENT = """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {name: tracked}
spec:
  objective: {type: maximize, objectiveMetricName: score}
  algorithm: {algorithmName: random}
  parallelTrialCount: 1
  maxTrialCount: 9
  parameters:
  - {name: learning_rate, parameterType: double, feasibleSpace: {min: "0.1", max: "1.0"}}
  trialTemplate:
    primaryContainerName: trial
    trialParameters: [{name: rate, reference: learning_rate}]
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        template:
          spec:
            containers:
            - {name: trial, image: none, command: [python3, -c, "1", "${trialParameters.rate}"]}
"""


def write_run(folder: Path, count: int = 3) -> Path:
    """Make a run of some trials, the second of which failed."""
    folder.mkdir(exist_ok=True)
    with RunWriter.open_writable(folder) as store:
        if not store.has_run:
            state = RunState(RunCondition.RUNNING, start_time=START)
            store.create_run(load_experiment_text(EXPERIMENT), state)
        first = len(store.trials())
        records = [_record(number) for number in range(first, count)]
        store.add_trials(records, search_exhausted=False)
        for record in records:
            reports = [
                Report("score", str(value), START + timedelta(seconds=step))
                for step, value in enumerate((0.1, 0.2, 0.3 + record.number / 10))
            ]
            store.append_metrics(record.number, reports)
    return folder


def _record(number: int) -> TrialRecord:
    failed = number == 1
    trial = Trial(
        f"tracked-{number}", {"learning_rate": str(0.1 * (number + 1))},
        TrialCondition.FAILED if failed else TrialCondition.SUCCEEDED,
        {} if failed else {"score": 0.3 + number / 10},
        start_time=START, completion_time=START + timedelta(seconds=9),
    )  # fmt: skip
    return TrialRecord(trial, number, 1, message="it broke" if failed else "")


def test_optuna_storage_is_a_study_and_a_second_export_replaces_it(tmp_path: Path) -> None:
    import optuna

    run, target = write_run(tmp_path / "run"), tmp_path / "study.db"
    assert export_to_optuna(run, str(target)) == "tracked"
    write_run(run, 4)
    export_to_optuna(run, str(target))
    study = optuna.load_study(study_name="tracked", storage=f"sqlite:///{target}")
    assert [trial.value for trial in study.trials] == [0.3, None, 0.5, 0.6]
    assert study.best_trial.params == {"learning_rate": 0.4}
    assert study.trials[0].intermediate_values


def test_another_study_of_the_name_is_left_alone(tmp_path: Path) -> None:
    import optuna

    target = f"sqlite:///{tmp_path / 'study.db'}"
    optuna.create_study(study_name="tracked", storage=target)
    with pytest.raises(ValueError, match="holds another study 'tracked'"):
        export_to_optuna(write_run(tmp_path / "run"), target)


def test_csv_and_latex(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    table = write_file(run, "csv", tmp_path / "trials.csv").splitlines()
    assert table[0].startswith('"name","number","status","parameter.learning_rate","metric.score"')
    assert table[2].startswith('"tracked-1",1,"Failed",0.2,,')
    latex = write_file(run, "latex", None, top=1)
    assert r"learning\_rate & 0.1 to 1 & -- & 0.3 \\" in latex
    assert "1 & 2 & 0.5 \\\\\n\\bottomrule" in latex


def test_mlflow_has_a_parent_and_a_child_for_each_trial_once(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    from eegtune.report.exports.mlflow_tracking import export_to_mlflow

    run, uri = write_run(tmp_path / "run"), f"sqlite:///{tmp_path / 'mlflow.db'}"
    (run / "best.yaml").write_text("a: 1\n")
    client = mlflow.MlflowClient(uri)
    client.create_experiment("tracked", artifact_location=(tmp_path / "files").as_uri())
    assert export_to_mlflow(run, uri)[1:] == (3, 0)
    write_run(run, 4)
    assert export_to_mlflow(run, uri)[1:] == (1, 3)
    (experiment,) = [e for e in client.search_experiments() if e.name == "tracked"]
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [each for each in runs if "mlflow.parentRunId" not in each.data.tags]
    children = {each.data.tags["eegtune.trial"]: each for each in runs if each is not parent}
    assert sorted(children) == [f"tracked-{number}" for number in range(4)]
    assert {each.data.tags["mlflow.parentRunId"] for each in children.values()} == {
        parent.info.run_id
    }
    assert children["tracked-1"].info.status == "FAILED"
    assert children["tracked-2"].data.params == {"learning_rate": "0.30000000000000004"}
    history = client.get_metric_history(children["tracked-2"].info.run_id, "score")
    assert [(point.step, point.value) for point in history] == [
        (0, 0.1), (1, 0.2), (2, 0.5), (3, 0.5)
    ]  # fmt: skip
    assert parent.data.tags["eegtune.best_trial"] == "tracked-3"
    assert [each.path for each in client.list_artifacts(parent.info.run_id)] == ["best.yaml"]


def test_wandb_writes_offline_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    from eegtune.report.exports.wandb_tracking import export_to_wandb

    monkeypatch.setenv("WANDB_MODE", "offline")
    run = write_run(tmp_path / "run", 2)
    assert export_to_wandb(run, tmp_path)[1:] == (2, 0)
    assert export_to_wandb(run, tmp_path)[1:] == (0, 2)
    folders = list((tmp_path / "wandb").glob("offline-run-*"))
    assert len(folders) == 3, "two trials and the study"
    assert all(any(folder.glob("run-*.wandb")) for folder in folders)


def test_an_export_of_a_damaged_run_says_so(tmp_path: Path) -> None:
    from eegtune.execution.store import NoRunError

    run = write_run(tmp_path / "run")
    (run / "run.db").write_bytes(b"no database")
    with pytest.raises((NoRunError, sqlite3.Error), match="cannot be read|not a database"):
        write_file(run, "csv", None)
