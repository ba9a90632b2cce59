"""Population based training from end to end: children go on from their parents' checkpoints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment, load_experiment_text
from eegtune.spec.rendering import PARENT_LABEL


def experiment() -> Experiment:
    rate = {"min": "0.0001", "max": "0.1", "distribution": "logUniform"}
    names = {"rate": "learning_rate", "epochs": "max_epochs"}
    command = [
        "trial-runner", "linear_probe", "--data=selfregulationscp1", "--features=slow_potentials",
        "--folds=2", "--warmup_steps=0", "--schedule_epochs=6",
        *(f"--{flag}=${{trialParameters.{name}}}" for name, flag in names.items()),
    ]  # fmt: skip
    container = {"name": "trial", "image": "none", "command": command}
    pod = {"restartPolicy": "Never", "containers": [container]}
    settings = {
        "n_population": "3", "truncation_threshold": "0.34", "resource": "max_epochs",
        "min_resource": "2", "resource_step": "2", "random_state": "1",
    }  # fmt: skip
    document = {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": "members"},
        "spec": {
            "objective": {"type": "maximize", "objectiveMetricName": "val_auroc"},
            "algorithm": {
                "algorithmName": "pbt",
                "algorithmSettings": [{"name": n, "value": v} for n, v in settings.items()],
            },
            "parallelTrialCount": 1,
            "maxTrialCount": 9,
            "parameters": [
                {"name": "rate", "parameterType": "double", "feasibleSpace": rate},
                {"name": "max_epochs", "parameterType": "int",
                 "feasibleSpace": {"min": "2", "max": "6", "step": "2"}},
            ],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [
                    {"name": "rate", "reference": "rate"},
                    {"name": "epochs", "reference": "max_epochs"},
                ],
                "trialSpec": {"apiVersion": "batch/v1", "kind": "Job",
                              "spec": {"template": {"spec": pod}}},
            },
        },
    }  # fmt: skip
    return load_experiment_text(json.dumps(document))


def test_each_child_trains_only_the_epochs_after_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("EEGTUNE_CACHE", str(tmp_path / "cache"))
    run_experiment(experiment(), tmp_path / "run")
    with RunStore.open(tmp_path / "run") as store:
        records = {record.name: record for record in store.trials()}
        folder = store.folder
    assert len(records) == 9
    copies = 0
    for name, record in records.items():
        assert str(record.condition) == "Succeeded", record.message
        epochs = re.findall(r" epoch=(\d+)", folder.trial(name).stdout.read_text())
        parent = record.trial.labels.get(PARENT_LABEL)
        start = 0
        if parent is not None:
            start = int(records[parent].trial.assignments["max_epochs"])
            before, after = records[parent].trial.assignments, record.trial.assignments
            copies += before["rate"] != after["rate"]
        end = int(record.trial.assignments["max_epochs"])
        assert list(map(int, epochs)) == list(range(start + 1, end + 1))
        assert "starts anew" not in folder.trial(name).stderr.read_text()
    assert copies >= 1  # one of the worst went on from one of the best, with another rate
