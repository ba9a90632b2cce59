from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.cli import main

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def eegtune(capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Call the command line; return its exit code, standard output and standard error."""

    def invoke(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as ending:
            code = int(ending.code or 0)
        output, errors = capsys.readouterr()
        assert "Traceback" not in output + errors
        return code, output, errors

    return invoke


def document(script: str = "import sys; print('loss=' + sys.argv[1])", **spec: Any) -> str:
    """The text of an Experiment that runs a Python script with `x` as its argument."""
    command = spec.pop("command", ["python3", "-c", script, "${trialParameters.x}"])
    pod = {"restartPolicy": "Never",
           "containers": [{"name": "trial", "image": "none", "command": command}]}  # fmt: skip
    job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod}}}
    defaults = {
        "objective": {"type": "minimize", "objectiveMetricName": "loss"},
        "algorithm": {"algorithmName": "random"},
        "parallelTrialCount": 1,
        "maxTrialCount": 3,
        "parameters": [
            {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}}
        ],
        "trialTemplate": {
            "primaryContainerName": "trial",
            "trialParameters": [{"name": "x", "reference": "x"}],
            "trialSpec": job,
        },
    }
    return json.dumps({
        "apiVersion": "kubeflow.org/v1beta1", "kind": "Experiment",
        "metadata": {"name": "tried"}, "spec": {**defaults, **spec},
    })  # fmt: skip


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write an Experiment into the working directory of the test."""
    monkeypatch.chdir(tmp_path)

    def write_document(*arguments: Any, **spec: Any) -> Path:
        (tmp_path / "tried.yaml").write_text(document(*arguments, **spec))
        return Path("tried.yaml")

    return write_document
