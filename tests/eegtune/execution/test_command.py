from __future__ import annotations

import os
from typing import Any

import pytest

from eegtune.execution.command import (
    command_of,
    expand,
    katib_command_of,
    trial_runner_arguments,
    variables_of,
)
from eegtune.execution.pod import pod_of
from eegtune.execution.runner import RunnerError


def pod(container: dict[str, Any], **metadata: Any) -> Any:
    template = {"metadata": metadata, "spec": {"containers": [{"name": "trial", **container}]}}
    job = {"kind": "Job", "metadata": {"namespace": "lab"}, "spec": {"template": template}}
    return pod_of(job, "trial")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y2"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$(C)", "$(C)"),
        ("$A ${A} $", "$A ${A} $"),
        ("$()", "$()"),
        ("$(A", "$(A"),
    ],
)
def test_expansion_is_kubernetes(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == expected


def test_command_and_arguments() -> None:
    container = {"command": ["python3", "t.py"], "args": ["--a=$(A)", 3]}
    assert command_of(pod(container), {"A": "x y"}) == ("python3", "t.py", "--a=x y", "3")


def test_a_container_without_command_is_refused() -> None:
    with pytest.raises(RunnerError, match="has no command"):
        command_of(pod({"args": ["--a"]}), {})


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["python3", "t.py", "--x=a b"], ("sh", "-c", "python3 t.py --x=a b")),
        (["sh", "-c", "echo $(A); true"], ("sh", "-c", "echo 1; true")),
        (["bash", "-c", "a", "b"], ("bash", "-c", "a b")),
        (["/bin/sh", "-c", "echo hello"], ("sh", "-c", "/bin/sh -c echo hello")),
    ],
)
def test_katibs_own_wrapping(command: list[str], expected: tuple[str, ...]) -> None:
    assert katib_command_of(pod({"command": command}), {"A": "1"}) == expected


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (["trial-runner", "linear_probe", "--lr=1"], ("linear_probe", "--lr=1")),
        (["/opt/venv/bin/trial-runner", "sleep"], ("sleep",)),
        (["python", "-m", "trial_runner", "sleep"], ("sleep",)),
        (["python3", "-u", "-m", "trial_runner", "sleep"], ("sleep",)),
        (["/usr/bin/python3.11", "-m", "trial_runner"], ()),
        (["sh", "-c", "trial-runner sleep --a='b c'"], ("sleep", "--a=b c")),
        (["bash", "-c", "exec python3 -m trial_runner sleep"], ("sleep",)),
        (["sh", "-c", "trial-runner sleep && true"], None),
        (["sh", "-c", "cd /x; trial-runner sleep"], None),
        (["sh", "-c", "trial-runner sleep", "name"], None),
        (["sh", "-c", "trial-runner 'sleep"], None),
        (["python3", "-m", "trial_runner_other"], None),
        (["python3", "train.py"], None),
        ([], None),
    ],
)
def test_which_commands_are_ours(command: list[str], arguments: tuple[str, ...] | None) -> None:
    assert trial_runner_arguments(command) == arguments


def test_environment_of_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    monkeypatch.delenv("PASSWORD", raising=False)
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)2 $(C)"},
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "PARENT",
         "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['eegtune.dev/parent']"}}},
        {"name": "NOTE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['note']"}}},
        {"name": "NONE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['none']"}}},
        {"name": "CORES", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}},
        {"name": "OPTIONAL",
         "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k", "optional": True}}},
    ]  # fmt: skip
    given = pod(
        {"env": env, "resources": {"limits": {"cpu": "1500m"}}}, annotations={"note": "hello"}
    )
    variables = variables_of(given, "probe-abc", {"eegtune.dev/parent": "probe-xyz"})
    assert variables.values == {
        "EEGTUNE_PARENT": "probe-xyz",
        "A": "1", "B": "12 $(C)", "NAME": "probe-abc", "SPACE": "lab", "PARENT": "probe-xyz",
        "NOTE": "hello", "NONE": "", "CORES": "2", "TOKEN": "secret",
    }  # fmt: skip
    assert variables.missing == ("PASSWORD",)
    assert "PASSWORD" not in os.environ


def test_a_field_that_a_process_does_not_have_is_refused() -> None:
    env = [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]
    with pytest.raises(RunnerError, match=r"status\.phase"):
        variables_of(pod({"env": env}), "a", {})
