"""A trial's Job, from what the template renders to. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eegtune.execution.pod import pod_of
from eegtune.execution.runner import RunnerError, TrialTask

RUN_LABEL = "eegtune.dev/run"
ATTEMPT_LABEL = "eegtune.dev/attempt"
_LONGEST_NAME = 63
_OWN_IMAGES = ("eegtune/signal", "eegtune/torch", "eegtune/torch-gpu", "eegtune/services")
_USER = 65532
_SECONDS_TO_STOP = 10


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What is the same for all Jobs of a run.

    Attributes:
        run: What tells this run's Jobs from those of others, a label's value.
        namespace: Where they run.
        primary_container: Whose log holds the metric lines.
        retain: Whether a finished Job stays until somebody deletes it.
        owner: An owner reference: Jobs are deleted with that object. None where there is none.
        seconds_kept: How long a finished Job stays if this process dies before it deletes it.
    """

    run: str
    namespace: str
    primary_container: str
    retain: bool = False
    owner: Mapping[str, Any] | None = None
    seconds_kept: int = 3600


def job_name(trial: str, attempt: int) -> str:
    """Return the name of an attempt's Job: the trial's, as for Katib, where it is the first."""
    return trial if attempt <= 1 else f"{trial[: _LONGEST_NAME - 4]}-{attempt}"


def job_of(task: TrialTask, settings: JobSettings) -> dict[str, Any]:
    """Return the Job that runs a trial.

    Raises:
        RunnerError: The template is of another kind, or lacks the primary container.
    """
    job: dict[str, Any] = copy.deepcopy(dict(task.job))
    kind = f"{job.get('apiVersion')} {job.get('kind')}"
    if kind != "batch/v1 Job":
        raise RunnerError(
            f"spec.trialTemplate.trialSpec is a {kind}; trials on Kubernetes without Katib are "
            "batch/v1 Jobs. Use a Job, or install Katib and kubectl apply the Experiment"
        )
    pod_of(job, settings.primary_container)
    labels = {**task.labels, RUN_LABEL: settings.run, ATTEMPT_LABEL: str(task.execution.attempt)}
    metadata = job.setdefault("metadata", {})
    metadata["name"] = job_name(task.execution.trial, task.execution.attempt)
    metadata["namespace"] = settings.namespace
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    if settings.owner is not None:
        metadata["ownerReferences"] = [dict(settings.owner)]
    spec = job["spec"]
    # The loop starts a trial again where the cluster lost it; a trial that fails has failed.
    spec.setdefault("backoffLimit", 0)
    if not settings.retain:
        spec.setdefault("ttlSecondsAfterFinished", settings.seconds_kept)
    template = spec["template"]
    template["metadata"] = dict(template.get("metadata") or {})
    template["metadata"]["labels"] = {**(template["metadata"].get("labels") or {}), **labels}
    pod = template["spec"]
    pod.setdefault("restartPolicy", "Never")
    pod.setdefault("terminationGracePeriodSeconds", _SECONDS_TO_STOP)
    if all(is_own_image(each.get("image", "")) for each in pod["containers"]):
        _narrow(pod)
    return job


def is_own_image(image: str) -> bool:
    """Whether an image is one of ours, of whatever registry and tag."""
    name = image.partition("@")[0]
    name = name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name
    return any(name == own or name.endswith(f"/{own}") for own in _OWN_IMAGES)


def _narrow(pod: dict[str, Any]) -> None:
    """Give our own images the few rights that they need, where the template says nothing.

    A namespace that enforces the Pod Security Standard `restricted` takes no others.
    """
    context = pod["securityContext"] = dict(pod.get("securityContext") or {})
    context.setdefault("runAsNonRoot", True)
    context.setdefault("runAsUser", _USER)
    context.setdefault("fsGroup", _USER)
    context.setdefault("seccompProfile", {"type": "RuntimeDefault"})
    pod.setdefault("automountServiceAccountToken", False)
    for container in pod["containers"]:
        rights = container["securityContext"] = dict(container.get("securityContext") or {})
        rights.setdefault("allowPrivilegeEscalation", False)
        rights.setdefault("capabilities", {"drop": ["ALL"]})
