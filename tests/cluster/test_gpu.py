"""GPUs as the scheduler counts them. The node's are simulated: counted, no device attached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .support.commands import apply, get, kubectl
from .support.fixtures import ended
from .support.objects import job, pod_spec
from .support.waiting import until

pytestmark = pytest.mark.cluster

RESOURCES = {"nvidia.com/gpu": 2, "nvidia.com/gpu.shared": 4, "nvidia.com/mig-1g.10gb": 3}


@pytest.fixture(scope="module", autouse=True)
def simulated_gpus() -> Iterator[None]:
    """Two GPUs on the first node; the same again as time-slices and as MIG partitions."""
    node = get("nodes")[0]["metadata"]["name"]
    if any(name in get("node", node)["status"]["capacity"] for name in RESOURCES):
        pytest.skip("the node has GPUs of its own")
    patch(node, {name: str(count) for name, count in RESOURCES.items()})

    def are_counted() -> bool:
        return set(RESOURCES) <= set(get("node", node)["status"]["allocatable"])

    until(are_counted, "the GPUs are allocatable")
    yield
    patch(node, dict.fromkeys(RESOURCES))


def patch(node: str, capacity: dict[str, str | None]) -> None:
    """Change what a node says it has."""
    text = json.dumps({"status": {"capacity": capacity}})
    kubectl("patch", "node", node, "--subresource=status", "--type=merge", "-p", text)


def gpu_job(name: str, namespace: str, resource: str, count: int, script: str) -> dict[str, Any]:
    """Return a Job whose pod asks for GPUs."""
    amounts = {"cpu": "10m", "memory": "16Mi", resource: count}
    resources = {"requests": amounts, "limits": {resource: count}}
    return job(name, namespace, pod_spec("signal", ["sh", "-c", script], resources=resources))


@pytest.mark.parametrize(("resource", "at_once"), RESOURCES.items())
def test_no_more_trials_run_at_once_than_there_are_gpus(
    resource: str, at_once: int, own_namespace: str
) -> None:
    count = at_once + 2
    names = [f"trial-{number}" for number in range(count)]
    apply(*[gpu_job(name, own_namespace, resource, 1, "sleep 4") for name in names])

    def finished() -> bool:
        jobs = get("jobs", "-n", own_namespace)
        return len(jobs) == count and all(ended(each) == "Complete" for each in jobs)

    until(finished, f"{count} trials of one GPU each are done", 120)
    running = most_at_once(get("pods", "-n", own_namespace))
    assert 2 <= running <= at_once


def most_at_once(pods: list[dict[str, Any]]) -> int:
    """Return how many containers ran at the same time, by the kubelet's own times."""
    changes: list[tuple[str, int]] = []
    for pod in pods:
        state = pod["status"]["containerStatuses"][0]["state"]["terminated"]
        changes += [(state["startedAt"], 1), (state["finishedAt"], -1)]
    running = most = 0
    for _, change in sorted(changes, key=lambda each: (each[0], each[1])):
        running += change
        most = max(most, running)
    return most


def test_a_trial_of_two_gpus_waits_for_both(own_namespace: str) -> None:
    apply(gpu_job("one", own_namespace, "nvidia.com/gpu", 1, "sleep 6"))
    until(lambda: phases(own_namespace) == {"one": "Running"}, "the first trial runs")
    apply(gpu_job("two", own_namespace, "nvidia.com/gpu", 2, "true"))
    until(lambda: "Insufficient nvidia.com/gpu" in why_pending(own_namespace), "the wait is said")
    assert phases(own_namespace)["two"] == "Pending"
    until(lambda: phases(own_namespace) == {"one": "Succeeded", "two": "Succeeded"}, "both done")


def test_more_gpus_than_a_node_has_are_said_to_be_missing(own_namespace: str) -> None:
    apply(gpu_job("four", own_namespace, "nvidia.com/gpu", 4, "true"))
    said = until(lambda: why_pending(own_namespace), "a reason")
    assert "Insufficient nvidia.com/gpu" in said


def phases(namespace: str) -> dict[str, str]:
    """Return the phase of each Job's pod."""
    return {
        pod["metadata"]["labels"]["job-name"]: pod["status"]["phase"]
        for pod in get("pods", "-n", namespace)
    }


def why_pending(namespace: str) -> str:
    """Return what the scheduler says of pods that it cannot place."""
    conditions = [
        condition
        for pod in get("pods", "-n", namespace)
        for condition in pod["status"].get("conditions", [])
    ]
    return " ".join(
        each.get("message", "") for each in conditions if each.get("reason") == "Unschedulable"
    )
