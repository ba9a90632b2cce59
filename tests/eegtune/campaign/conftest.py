from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SCRIPT = """
import math, sys
rate, width, act = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
loss = (math.log10(rate) + 2.5) ** 2 + (width - 96) ** 2 / 4096 + (act == 'relu')
print(f'loss={loss}')
"""


def base_document() -> dict[str, Any]:
    """An Experiment of three parameters whose best is near rate 10^-2.5, width 96, gelu."""
    names = ("rate", "width", "act")
    command = ["python3", "-c", SCRIPT, *(f"${{trialParameters.{name}}}" for name in names)]
    container = {"name": "trial", "image": "none", "command": command}
    pod = {"restartPolicy": "Never", "containers": [container]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod}}}
    rate = {"min": "1e-5", "max": "1", "distribution": "logUniform"}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": "base"},
        "spec": {
            "objective": {"type": "minimize", "objectiveMetricName": "loss"},
            "algorithm": {
                "algorithmName": "tpe",
                "algorithmSettings": [{"name": "n_startup_trials", "value": "3"}],
            },
            "parallelTrialCount": 1,
            "maxTrialCount": 6,
            "maxFailedTrialCount": 6,
            "parameters": [
                {"name": "rate", "parameterType": "double", "feasibleSpace": rate},
                {
                    "name": "width",
                    "parameterType": "int",
                    "feasibleSpace": {"min": "32", "max": "256", "step": "32"},
                },
                {
                    "name": "act",
                    "parameterType": "categorical",
                    "feasibleSpace": {"list": ["relu", "gelu"]},
                },
            ],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [{"name": name, "reference": name} for name in names],
                "trialSpec": job,
            },
        },
    }


WriteCampaign = Callable[..., Path]


@pytest.fixture
def write_campaign(tmp_path: Path) -> WriteCampaign:
    """Write a campaign beside its Experiment; return its file."""

    def write(*phases: dict[str, Any], **spec: Any) -> Path:
        (tmp_path / "base.yaml").write_text(json.dumps(base_document()))
        campaign = {
            "apiVersion": "eegtune/v1",
            "kind": "Campaign",
            "metadata": {"name": "study"},
            "spec": {"experiment": "base.yaml", "phases": list(phases), **spec},
        }
        file = tmp_path / "campaign.yaml"
        file.write_text(yaml.safe_dump(campaign, sort_keys=False))
        return file

    return write
