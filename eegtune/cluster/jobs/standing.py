"""How a trial stands, read off its Job, its pods and their events. Pure.

Everything that a cluster can do to a pod ends in one of four: it waits, it cannot be (and a person
must change something), it runs, it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Object: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing is wrong for good; why it does not run yet, in words ("" where nobody said)."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Impossible:
    """No trial of this template can run until a person changes something.

    Attributes:
        why: What is wrong, and the fix.
        may_pass: Whether trying once more could help: a registry that did not answer, for example.
    """

    why: str
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class Runs:
    """Its container runs in this pod."""

    pod: str


@dataclass(frozen=True, slots=True)
class HasEnded:
    """Its last pod has ended.

    Attributes:
        pod: Which; empty where there was none.
        exit_code: What the container returned; None where none ran to its end.
        why: What the cluster says, beside what the trial wrote.
        lost: Whether the cluster took the pod away, so that the trial is not to blame.
    """

    pod: str = ""
    exit_code: int | None = None
    why: str = ""
    lost: bool = False


Standing: TypeAlias = Waits | Impossible | Runs | HasEnded

_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
# What a registry says of an image that another try will not bring either.
_FINAL_WORDS = ("not found", "manifest unknown", "unauthorized", "denied", "no such host")
_CONFIGURATION = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")


def standing_of(
    job: Object, pods: Sequence[Object], events: Iterable[Object], container: str
) -> Standing:
    """Return how a trial stands.

    Args:
        job: Its Job.
        pods: Its pods.
        events: What the cluster said about the Job and its pods.
        container: The name of the primary container.
    """
    newest = max(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), default=None)
    finished = _finished(job)
    if finished is not None:
        return _ended(finished, newest, container)
    if newest is None:
        return _without_pod(events)
    state = _state(newest, container)
    if "running" in state:
        return Runs(newest["metadata"]["name"])
    if "terminated" in state:
        name = newest["metadata"]["name"]
        if _is_all(job, newest):
            return HasEnded(name, 0)
        # The Job's own condition follows; until then the log can be read.
        return Runs(name)
    return _waiting(newest)


def _is_all(job: Object, pod: Object) -> bool:
    """Whether a pod's success is the Job's, which Kubernetes says about a second later."""
    completions = (job.get("spec") or {}).get("completions")
    return completions in (None, 1) and (pod.get("status") or {}).get("phase") == "Succeeded"


def _finished(job: Object) -> Object | None:
    for condition in (job.get("status") or {}).get("conditions") or []:
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            found: Object = condition
            return found
    return None


def _state(pod: Object, container: str) -> Object:
    for name, state in _states(pod):
        if name == container:
            return state
    return {}


def _states(pod: Object) -> list[tuple[str, Object]]:
    """Return the states of a pod's containers by name, those that come first included."""
    status = pod.get("status") or {}
    return [
        (each["name"], each.get("state") or {})
        for key in ("initContainerStatuses", "containerStatuses")
        for each in status.get(key) or []
    ]


def _ended(condition: Object, pod: Object | None, container: str) -> HasEnded:
    if pod is None:
        why = f"the Job ended without a pod: {condition.get('reason')}: {condition.get('message')}"
        return HasEnded(why=why, lost=condition.get("reason") != "DeadlineExceeded")
    name = pod["metadata"]["name"]
    ended = _state(pod, container).get("terminated")
    if condition["type"] == "Complete":
        return HasEnded(name, 0)
    if condition.get("reason") == "DeadlineExceeded":
        return HasEnded(name, why="it ran longer than the template's activeDeadlineSeconds")
    if is_disrupted(pod):
        return HasEnded(name, why=_disruption(pod), lost=True)
    if ended is None:
        return HasEnded(name, why=f"pod {name}: {_why_not_begun(pod)}")
    return HasEnded(name, int(ended["exitCode"]), _why_terminated(ended, pod, container))


def _why_not_begun(pod: Object) -> str:
    """Return why a pod ended before its primary container had run to an end."""
    for name, state in _states(pod):
        code = (state.get("terminated") or {}).get("exitCode", 0)
        if code:
            return (
                f"container {name!r} ended with exit code {code}; kubectl logs "
                f"{pod['metadata']['name']} -c {name} shows what it wrote"
            )
    status = pod.get("status") or {}
    return f"{status.get('reason')}: {status.get('message')}"


def is_disrupted(pod: Object) -> bool:
    """Whether the cluster took a pod away: eviction, preemption, a drained or lost node."""
    status = pod.get("status") or {}
    conditions = status.get("conditions") or []
    return status.get("reason") in ("Evicted", "NodeLost", "Shutdown", "Preempting") or any(
        each["type"] == "DisruptionTarget" and each["status"] == "True" for each in conditions
    )


def _disruption(pod: Object) -> str:
    status = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition["type"] == "DisruptionTarget":
            return f"pod {pod['metadata']['name']} was taken away: {condition.get('message')}"
    return f"pod {pod['metadata']['name']} was taken away: {status.get('message')}"


def _why_terminated(ended: Object, pod: Object, container: str) -> str:
    if ended.get("reason") != "OOMKilled":
        return ""
    return (
        f"the container was OOMKilled: it needed more than its memory limit of "
        f"{_memory_limit(pod, container)}. Raise resources.limits.memory of container "
        f"{container!r} in spec.trialTemplate"
    )


def _memory_limit(pod: Object, container: str) -> str:
    for each in pod["spec"]["containers"]:
        if each["name"] == container:
            limits = (each.get("resources") or {}).get("limits") or {}
            return str(limits.get("memory", "the node's memory"))
    return "the node's memory"


def _without_pod(events: Iterable[Object]) -> Standing:
    said = [
        str(each.get("message", "")) for each in events if each.get("reason") == "FailedCreate"
    ]
    if not said:
        return Waits()
    why = said[-1]
    if "exceeded quota" in why:
        return Waits(f"the namespace's quota is used up: {why}")
    if "violates PodSecurity" in why:
        return Impossible(
            f"the namespace refuses the trial's pod: {why}. Give it a securityContext in "
            "spec.trialTemplate, as manifests/components/trial does"
        )
    return Impossible(f"the trial's pod cannot be made: {why}", may_pass=True)


def _may_pass(reason: str, message: str) -> bool:
    """Whether pulling an image once more could help."""
    if reason in ("InvalidImageName", "ErrImageNeverPull"):
        return False
    return not any(words in message for words in _FINAL_WORDS)


def _waiting(pod: Object) -> Standing:
    for name, state in _states(pod):
        waiting = state.get("waiting") or {}
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if reason in _IMAGE:
            return Impossible(
                f"the image cannot be had ({reason}): {_image(pod, name)}. {message}. Push it "
                "(make push REGISTRY=…) and name it in spec.trialTemplate, or import it on the "
                "nodes",
                may_pass=_may_pass(reason, message),
            )
        if reason in _CONFIGURATION:
            return Impossible(f"container {name!r} cannot be started ({reason}): {message}")
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition.get("reason") == "Unschedulable":
            return Waits(f"no node has room: {condition.get('message')}")
    return Waits()


def _image(pod: Object, container: str) -> str:
    spec = pod["spec"]
    for each in [*(spec.get("initContainers") or []), *spec["containers"]]:
        if each["name"] == container:
            return str(each["image"])
    return container
