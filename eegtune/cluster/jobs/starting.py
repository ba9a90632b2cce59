"""See a detached controller start, or say why it does not."""

from __future__ import annotations

import json
import time
from typing import Any

from eegtune.cluster.jobs.access import Access, is_passing, said
from eegtune.cluster.jobs.detached import CONTAINER
from eegtune.cluster.jobs.standing import (
    HasEnded,
    Impossible,
    Runs,
    Standing,
    Waits,
    standing_of,
)
from eegtune.execution.runner import RunnerError

_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 5.0
_LAST_LINES = 10


def wait_for_start(access: Access, job: str, at_most_seconds: float = 25.0) -> str:
    """Wait until a controller's run has begun; return what it waits for where it does not yet.

    Raises:
        RunnerError: It cannot start, or has failed already; the message says why.
    """
    ends = time.monotonic() + at_most_seconds
    impossible_since: float | None = None
    standing: Standing = Waits()
    while time.monotonic() < ends:
        standing = _standing(access, job) or standing
        if isinstance(standing, HasEnded):
            if standing.exit_code == 0:
                return ""
            raise RunnerError(f"job {job} has failed:\n{_last_words(access, job, standing)}")
        if isinstance(standing, Runs) and _has_begun(_log(access, standing.pod, CONTAINER)):
            return ""
        if isinstance(standing, Impossible):
            impossible_since = impossible_since or time.monotonic()
            if time.monotonic() - impossible_since > _PATIENCE_SECONDS:
                raise RunnerError(
                    f"job {job} cannot start: {standing.why}. It starts when that is mended; "
                    f"kubectl delete -n {access.namespace} job,configmap {job} takes it away"
                )
        time.sleep(_POLL_SECONDS)
    return standing.why if isinstance(standing, Waits) else ""


def _standing(access: Access, job: str) -> Standing | None:
    """Return how the controller stands; None where the API server cannot say just now."""
    core, namespace = access.core, access.namespace
    raw = {"_preload_content": False, "_request_timeout": 10}
    try:
        found = json.loads(access.batch.read_namespaced_job(job, namespace, **raw).data)
        pods = json.loads(
            core.list_namespaced_pod(namespace, label_selector=f"job-name={job}", **raw).data
        )["items"]
        events = json.loads(
            core.list_namespaced_event(
                namespace, field_selector=f"involvedObject.name={job}", **raw
            ).data
        )["items"]
    except Exception as error:
        if is_passing(error):
            return None
        raise RunnerError(f"job {job}: {said(error)}") from error
    return standing_of(found, pods, events, CONTAINER)


def _has_begun(log: str) -> bool:
    """Whether a run says what it does, as opposed to nothing yet or what is wrong."""
    return bool(log) and not log.startswith("eegtune: ")


def _last_words(access: Access, job: str, ended: HasEnded) -> str:
    """Return what a failed controller printed: the container that comes first, if that failed."""
    if not ended.pod:
        return ended.why
    containers: tuple[str, ...] = (CONTAINER,) if ended.exit_code is not None else ("storage",)
    printed = [_log(access, ended.pod, each).strip() for each in containers]
    again = f"kubectl delete -n {access.namespace} job,configmap {job}, then give it once more"
    return "\n".join(
        each for each in (*printed, ended.why, f"When that is mended: {again}") if each
    )


def _log(access: Access, pod: str, container: str) -> str:
    try:
        answer: Any = access.core.read_namespaced_pod_log(
            pod, access.namespace, container=container, tail_lines=_LAST_LINES,
            _preload_content=False, _request_timeout=10,
        )  # fmt: skip
    except Exception:
        return ""  # it has printed nothing yet, or is gone
    return str(answer.data.decode("utf-8", "replace"))
