from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import optuna
import pytest

from eegtune.execution.run import run_experiment
from eegtune.execution.store import NoRunError, RunStore
from eegtune.execution.writer import RunWriter
from eegtune.report.live_storage import ReadOnlyStorageError, RunStorage
from eegtune.spec import load_experiment_text
from eegtune.spec.trial import TrialCondition

SCRIPT = "x=${trialParameters.x}; for i in 1 2 3; do echo loss=$i$x; done; echo other=1"


def experiment(**spec: Any) -> Any:
    pod = {
        "restartPolicy": "Never",
        "containers": [{"name": "trial", "image": "none", "command": ["sh", "-c", SCRIPT]}],
    }
    job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod}}}
    space = {"min": "0", "max": "1"}
    document = {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": "shown"},
        "spec": {
            "objective": {
                "type": "minimize", "objectiveMetricName": "loss",
                "additionalMetricNames": ["other"],
            },
            "algorithm": {"algorithmName": "random"},
            "parallelTrialCount": 1,
            "maxTrialCount": 3,
            "parameters": [{"name": "x", "parameterType": "double", "feasibleSpace": space}],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [{"name": "x", "reference": "x"}],
                "trialSpec": job,
            },
            **spec,
        },
    }  # fmt: skip
    return load_experiment_text(json.dumps(document))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_experiment(experiment(), folder)
    return folder


def test_optuna_loads_the_run(run: Path) -> None:
    study = optuna.load_study(study_name="shown", storage=RunStorage(run))
    with RunStore.open(run) as store:
        records = store.trials()
    assert [t.params["x"] for t in study.trials] == [
        float(r.trial.assignments["x"]) for r in records
    ]
    assert [t.value for t in study.trials] == [r.trial.metrics["loss"] for r in records]
    assert (
        study.best_trial.user_attrs["trial_name"]
        == min(records, key=lambda record: record.trial.metrics["loss"]).name
    )
    assert study.metric_names == ["loss"]
    assert study.user_attrs["status"] == "Succeeded"
    assert study.direction is optuna.study.StudyDirection.MINIMIZE


def test_curves_are_the_reports_of_the_objective(run: Path) -> None:
    trial = RunStorage(run).get_trial(1)
    x = trial.params["x"]
    text = repr(x)
    assert trial.intermediate_values == {i: float(f"{i}{text}") for i in (1, 2, 3)}


def test_it_follows_the_run(tmp_path: Path) -> None:
    run_experiment(experiment(maxTrialCount=1), tmp_path)
    storage = RunStorage(tmp_path)
    assert len(storage.get_all_trials(0)) == 1
    run_experiment(experiment(maxTrialCount=2), tmp_path)
    assert len(storage.get_all_trials(0)) == 2
    with RunWriter.open_writable(tmp_path) as store:
        from dataclasses import replace

        record = store.trials()[1]
        trial = replace(record.trial, condition=TrialCondition.EARLY_STOPPED)
        store.update_trial(replace(record, trial=trial))
    assert storage.get_trial(1).state is optuna.trial.TrialState.PRUNED
    assert len(storage.get_all_trials(0, states=(optuna.trial.TrialState.COMPLETE,))) == 1


def test_nothing_can_be_changed(run: Path) -> None:
    before = (run / "run.db").read_bytes()
    study = optuna.load_study(study_name="shown", storage=RunStorage(run))
    for change in (study.ask, lambda: study.set_user_attr("a", 1)):
        with pytest.raises(ReadOnlyStorageError, match="eegtune enqueue"):
            change()
    with pytest.raises(KeyError, match="shown"):
        optuna.load_study(study_name="another", storage=RunStorage(run))
    assert (run / "run.db").read_bytes() == before


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(NoRunError):
        RunStorage(tmp_path)
