from __future__ import annotations

from typing import Any

import pytest

from eegtune.execution.container_command import (
    Box,
    Mount,
    find_runtime,
    mounts_of,
    run_words,
)
from eegtune.execution.pod import Pod, pod_of
from eegtune.execution.runner import RunnerError


def pod(container: dict[str, Any], **spec: Any) -> Pod:
    named = {"name": "trial", "image": "lab/probe:1", **container}
    template = {"spec": {"containers": [named], **spec}}
    return pod_of({"kind": "Job", "spec": {"template": template}}, "trial")


BOX = Box("a-1", "run1", {"A": "1", "B": "x y"})
START = ["podman", "run", "--name", "a-1", "--label", "eegtune.dev/run=run1", "--pull"]


@pytest.mark.parametrize(
    ("container", "rest"),
    [
        ({}, ["missing", "--env=A=1", "--env=B=x y", "lab/probe:1"]),
        ({"command": ["python", "-u"], "args": ["t.py", "--x=$(A)"], "imagePullPolicy": "Never"},
         ["never", "--env=A=1", "--env=B=x y", "--entrypoint=python", "lab/probe:1", "-u", "t.py",
          "--x=1"]),
        ({"args": ["--x=$$(A)"], "imagePullPolicy": "Always", "workingDir": "/app"},
         ["always", "--env=A=1", "--env=B=x y", "--workdir=/app", "lab/probe:1", "--x=$(A)"]),
        ({"resources": {"limits": {"memory": "2Gi", "cpu": "1"}},
          "securityContext": {"runAsUser": 1000}},
         ["missing", "--env=A=1", "--env=B=x y", "--memory=2147483648", "--cpus=1", "--user=1000",
          "lab/probe:1"]),
    ],
)  # fmt: skip
def test_a_containers_command_line(container: dict[str, Any], rest: list[str]) -> None:
    assert run_words("podman", pod(container), BOX) == START + rest


@pytest.mark.parametrize(
    ("runtime", "words"),
    [
        ("docker", ['--gpus="device=2,3"']),
        ("nerdctl", ['--gpus="device=2,3"']),
        ("podman", ["--device=nvidia.com/gpu=2", "--device=nvidia.com/gpu=3"]),
    ],
)
def test_gpus(runtime: str, words: list[str]) -> None:
    made = run_words(runtime, pod({}), BOX._replace(gpus=("2", "3")))
    assert [word for word in made if "gpu" in word] == words


def test_secrets_do_not_stand_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "very secret")
    words = run_words("docker", pod({}), BOX._replace(inherited=("TOKEN",)))
    assert "--env=TOKEN" in words
    assert "very secret" not in " ".join(words)


def test_volumes() -> None:
    mounts = [
        {"name": "data", "mountPath": "/data", "readOnly": True, "subPath": "eeg"},
        {"name": "host", "mountPath": "/host"},
        {"name": "own", "mountPath": "/scratch"},
    ]
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "host", "hostPath": {"path": "/srv"}},
        {"name": "own", "emptyDir": {}},
    ]
    given = pod({"volumeMounts": mounts}, volumes=volumes)
    assert list(mounts_of(given, {"data": "/mnt/d"})) == [
        Mount("/mnt/d/eeg", "/data", True), Mount("/srv", "/host"),
    ]  # fmt: skip
    assert [str(mount) for mount in mounts_of(given, {"data": "/mnt/d"})] == [
        "/mnt/d/eeg:/data:ro", "/srv:/host",
    ]  # fmt: skip
    with pytest.raises(RunnerError, match="volume 'data' .* --mount data=FOLDER"):
        list(mounts_of(given, {}))


def test_no_image() -> None:
    with pytest.raises(RunnerError, match="has no image"):
        run_words("docker", pod({"image": ""}), BOX)


def test_no_runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="docker or podman or nerdctl is not installed"):
        find_runtime("container")
    silent = tmp_path / "docker"
    silent.write_text("#!/bin/false\n")
    silent.chmod(0o755)
    with pytest.raises(ValueError, match="docker does not answer; is its daemon running"):
        find_runtime("docker")
