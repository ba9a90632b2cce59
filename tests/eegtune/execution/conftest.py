from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.spec import Experiment, load_experiment_text

MakeExperiment = Callable[..., Experiment]


def experiment_document(script: str, **spec: Any) -> dict[str, Any]:
    """An Experiment whose trials run a Python script with `x` as its argument."""
    container = {
        "name": "trial",
        "image": "none",
        "command": ["python3", "-c", textwrap.dedent(script), "${trialParameters.x}"],
        **spec.pop("container", {}),
    }
    container = {key: value for key, value in container.items() if value is not None}
    pod = {"restartPolicy": "Never", "containers": [container]}
    job = {"backoffLimit": 0, "template": {"spec": pod}, **spec.pop("job", {})}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": spec.pop("name", "tried")},
        "spec": {
            "objective": {"type": "minimize", "objectiveMetricName": "loss"},
            "algorithm": {
                "algorithmName": "random",
                "algorithmSettings": [{"name": "random_state", "value": "1"}],
            },
            "parallelTrialCount": min(2, spec.get("maxTrialCount", 4)),
            "maxTrialCount": 4,
            "parameters": [
                {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}}
            ],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [{"name": "x", "reference": "x"}],
                "trialSpec": {"apiVersion": "batch/v1", "kind": "Job", "spec": job},
            },
            **spec,
        },
    }


@pytest.fixture
def make_experiment() -> MakeExperiment:
    def make(script: str = "import sys; print('loss=' + sys.argv[1])", **spec: Any) -> Experiment:
        return load_experiment_text(json.dumps(experiment_document(script, **spec)))

    return make


@pytest.fixture
def write_experiment(tmp_path: Path) -> Callable[..., Path]:
    def write(script: str = "import sys; print('loss=' + sys.argv[1])", **spec: Any) -> Path:
        file = tmp_path / "experiment.yaml"
        file.write_text(json.dumps(experiment_document(script, **spec)))
        return file

    return write
