"""How a trial stands, from objects as a cluster writes them."""

from __future__ import annotations

from typing import Any

import pytest

from eegtune.cluster.jobs.standing import HasEnded, Impossible, Runs, Waits, standing_of

RUNNING_JOB: dict[str, Any] = {"metadata": {"name": "t"}, "status": {"active": 1}}


def finished(kind: str, reason: str = "", message: str = "") -> dict[str, Any]:
    condition = {"type": kind, "status": "True", "reason": reason, "message": message}
    return {"metadata": {"name": "t"}, "status": {"conditions": [condition]}}


def pod(state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    container = {
        "name": "trial", "image": "eegtune/torch:0.1.0",
        "resources": {"limits": {"memory": "2Gi"}},
    }  # fmt: skip
    if state is not None:
        status["containerStatuses"] = [{"name": "trial", "state": state}]
    return {
        "metadata": {"name": "t-x", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [container]},
        "status": status,
    }


def stands(job: dict[str, Any], *pods: dict[str, Any], events: tuple[Any, ...] = ()) -> Any:
    return standing_of(job, pods, events, "trial")


def test_waits_until_there_is_a_pod() -> None:
    assert stands(RUNNING_JOB) == Waits()


def test_says_why_no_node_has_room() -> None:
    message = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                 "message": message}  # fmt: skip
    assert stands(RUNNING_JOB, pod(conditions=[condition])) == Waits(
        f"no node has room: {message}"
    )


def test_runs_from_its_first_moment_until_the_job_says_that_it_ended() -> None:
    assert stands(RUNNING_JOB, pod({"running": {}})) == Runs("t-x")
    assert stands(RUNNING_JOB, pod({"terminated": {"exitCode": 0}})) == Runs("t-x")


def test_a_pods_success_is_that_of_a_job_of_one_pod() -> None:
    done = pod({"terminated": {"exitCode": 0}}, phase="Succeeded")
    assert stands(RUNNING_JOB, done) == HasEnded("t-x", 0)
    several = RUNNING_JOB | {"spec": {"completions": 2}}
    assert stands(several, done) == Runs("t-x")
    failed = pod({"terminated": {"exitCode": 1}}, phase="Failed")
    assert stands(RUNNING_JOB, failed) == Runs("t-x")


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"])
def test_an_image_that_cannot_be_had_is_named_with_what_to_do(reason: str) -> None:
    found = stands(RUNNING_JOB, pod({"waiting": {"reason": reason, "message": "not found"}}))
    assert isinstance(found, Impossible)
    assert "eegtune/torch:0.1.0" in found.why
    assert "make push" in found.why


@pytest.mark.parametrize(
    ("reason", "message", "may_pass"),
    [
        ("ErrImagePull", "failed to do request: dial tcp: i/o timeout", True),
        ("ImagePullBackOff", "Back-off pulling image: ErrImagePull: 503 unavailable", True),
        ("ErrImagePull", "failed to resolve reference: x: not found", False),
        ("ErrImagePull", "pull access denied, repository does not exist", False),
        ("ErrImageNeverPull", "Container image is not present with pull policy of Never", False),
    ],
)
def test_a_registry_that_may_answer_yet_gets_more_time(
    reason: str, message: str, may_pass: bool
) -> None:
    found = stands(RUNNING_JOB, pod({"waiting": {"reason": reason, "message": message}}))
    assert isinstance(found, Impossible)
    assert found.may_pass == may_pass


def test_a_missing_secret_is_named() -> None:
    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "eegtune-s3" not found'}
    found = stands(RUNNING_JOB, pod({"waiting": waiting}))
    assert isinstance(found, Impossible)
    assert 'secret "eegtune-s3" not found' in found.why


def test_a_container_that_comes_first_is_named_where_it_cannot_start_or_fails() -> None:
    found = pod({"waiting": {"reason": "PodInitializing"}})
    found["spec"]["initContainers"] = [{"name": "first", "image": "absent/first:1"}]
    first = {"name": "first", "state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}}
    found["status"]["initContainerStatuses"] = [first]
    stood = stands(RUNNING_JOB, found)
    assert isinstance(stood, Impossible)
    assert "absent/first:1" in stood.why
    first["state"] = {"terminated": {"exitCode": 3}}
    ended = stands(finished("Failed", "BackoffLimitExceeded"), found)
    assert ended == HasEnded(
        "t-x", why="pod t-x: container 'first' ended with exit code 3; kubectl logs t-x -c first "
        "shows what it wrote"
    )  # fmt: skip


def test_a_used_up_quota_is_waited_for() -> None:
    event = {"reason": "FailedCreate", "message": 'pods "t" is forbidden: exceeded quota: eegtune'}
    found = stands(RUNNING_JOB, events=(event,))
    assert isinstance(found, Waits)
    assert "exceeded quota: eegtune" in found.why


def test_a_pod_that_the_namespace_refuses_cannot_be() -> None:
    event = {"reason": "FailedCreate", "message": 'violates PodSecurity "restricted:latest"'}
    found = stands(RUNNING_JOB, events=(event,))
    assert isinstance(found, Impossible)
    assert "securityContext" in found.why


def test_success_and_failure_carry_the_exit_code() -> None:
    assert stands(finished("Complete"), pod({"terminated": {"exitCode": 0}})) == HasEnded("t-x", 0)
    failed = stands(finished("Failed", "BackoffLimitExceeded"),
                    pod({"terminated": {"exitCode": 2, "reason": "Error"}}))  # fmt: skip
    assert failed == HasEnded("t-x", 2)


def test_too_little_memory_is_the_trials_own_end_and_says_which_limit() -> None:
    state = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    found = stands(finished("Failed", "BackoffLimitExceeded"), pod(state))
    assert (found.exit_code, found.lost) == (137, False)
    assert "memory limit of 2Gi" in found.why


@pytest.mark.parametrize(
    "status",
    [
        {"reason": "Evicted", "message": "The node was low on resource: memory."},
        {"conditions": [{"type": "DisruptionTarget", "status": "True", "message": "drained"}]},
        {"reason": "NodeLost", "message": "gone"},
    ],
)
def test_a_pod_that_was_taken_away_is_lost_not_failed(status: dict[str, Any]) -> None:
    state = {"terminated": {"exitCode": 137, "reason": "Error"}}
    found = stands(finished("Failed", "BackoffLimitExceeded"), pod(state, **status))
    assert found.lost
    assert found.exit_code is None
    assert "taken away" in found.why


def test_the_templates_deadline_is_the_trials_end() -> None:
    found = stands(finished("Failed", "DeadlineExceeded"), pod({"running": {}}))
    assert not found.lost
    assert "activeDeadlineSeconds" in found.why


def test_the_newest_pod_counts() -> None:
    later = pod({"running": {}})
    later["metadata"] = {"name": "t-y", "creationTimestamp": "2026-01-01T00:01:00Z"}
    assert stands(RUNNING_JOB, later, pod({"terminated": {"exitCode": 1}})) == Runs("t-y")
