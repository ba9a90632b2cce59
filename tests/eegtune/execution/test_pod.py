from __future__ import annotations

from typing import Any

import pytest

from eegtune.execution.pod import Resources, pod_of
from eegtune.execution.runner import RunnerError


def job(resources: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "helper"}, {"name": "trial", "resources": resources}]
    return {"spec": {"template": {"spec": {"containers": containers, **spec.pop("pod", {})}},
                     **spec}}  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (None, Resources()),
        ({"limits": {"cpu": "500m", "memory": "1Gi"}}, Resources(0.5, 2**30, 0)),
        ({"requests": {"cpu": 2, "memory": "1G"}, "limits": {"cpu": 4}}, Resources(4, 10**9, 0)),
        ({"limits": {"nvidia.com/gpu": 2}}, Resources(None, None, 2)),
        ({"limits": {"amd.com/gpu": "1"}}, Resources(None, None, 1)),
    ],
)
def test_resources(resources: dict[str, Any] | None, expected: Resources) -> None:
    assert pod_of(job(resources), "trial").resources == expected


def test_a_quantity_that_is_none_is_refused() -> None:
    pod = pod_of(job({"limits": {"cpu": "two"}}), "trial")
    with pytest.raises(RunnerError, match="cpu"):
        _ = pod.resources


@pytest.mark.parametrize(
    ("document", "seconds"),
    [
        (job(), None),
        (job(activeDeadlineSeconds=60), 60.0),
        (job(pod={"activeDeadlineSeconds": 30}), 30.0),
        (job(activeDeadlineSeconds=60, pod={"activeDeadlineSeconds": 30}), 30.0),
        (job(runPolicy={"activeDeadlineSeconds": 5}), 5.0),
    ],
)
def test_the_shortest_deadline_counts(document: dict[str, Any], seconds: float | None) -> None:
    assert pod_of(document, "trial").deadline_seconds == seconds


def test_other_kinds_hold_the_container_deeper() -> None:
    replica = {"template": {"spec": {"containers": [{"name": "pytorch", "command": ["a"]}]}}}
    document = {"kind": "PyTorchJob", "spec": {"pytorchReplicaSpecs": {"Master": replica}}}
    assert pod_of(document, "pytorch").container["command"] == ["a"]


def test_a_container_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(RunnerError, match=r"'other'.*helper, trial"):
        pod_of(job(), "other")
