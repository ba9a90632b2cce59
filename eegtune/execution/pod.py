"""Read the pod out of a rendered trial: which container is the trial's, and its limits.

Works for a Job, for every other kind whose pod templates hold the primary container, and for a
TrainJob, whose trainer is that container.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eegtune.execution.runner import RunnerError
from eegtune.spec.quantities import parse_quantity

EXCLUSIVE_ANNOTATION = "eegtune.dev/exclusive"
_TRAINER = "node"  # the container of Kubeflow Trainer's runtimes that trains


@dataclass(frozen=True, slots=True)
class Resources:
    """What a trial asks for; None where it does not say."""

    cpu_cores: float | None = None
    memory_bytes: int | None = None
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Pod:
    """The part of a rendered trial that matters where it runs."""

    spec: Mapping[str, Any]
    container: Mapping[str, Any]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    namespace: str
    deadline_seconds: float | None

    @property
    def resources(self) -> Resources:
        """What the primary container may use: its limits, else its requests."""
        return self._resources("requests", "limits")

    @property
    def requests(self) -> Resources:
        """What must be free for it: its requests, else its limits."""
        return self._resources("limits", "requests")

    @property
    def memory_limit_bytes(self) -> int | None:
        """How much memory the primary container may use; None where nothing limits it."""
        return self._resources("limits").memory_bytes

    @property
    def is_exclusive(self) -> bool:
        """Whether it wants to run alone, as trials that measure time should."""
        return self.annotations.get(EXCLUSIVE_ANNOTATION) == "true"

    def _resources(self, *kinds: str) -> Resources:
        given = self.container.get("resources") or {}
        amounts = {key: value for kind in kinds for key, value in (given.get(kind) or {}).items()}
        memory = _amount(amounts, "memory")
        gpus = sum(int(_amount(amounts, key) or 0) for key in amounts if key.endswith("/gpu"))
        return Resources(_amount(amounts, "cpu"), None if memory is None else int(memory), gpus)


def pod_of(job: Mapping[str, Any], primary_container_name: str) -> Pod:
    """Return the pod that holds the primary container.

    Raises:
        RunnerError: No pod of the template does.
    """
    templates = list(_templates(job))
    for template in templates:
        spec = template["spec"]
        for container in spec["containers"]:
            if isinstance(container, Mapping) and container.get("name") == primary_container_name:
                return _pod(job, template, container)
    names = [
        str(container.get("name"))
        for template in templates
        for container in template["spec"]["containers"]
    ]
    raise RunnerError(
        f"spec.trialTemplate.primaryContainerName is {primary_container_name!r}, but the "
        f"template's containers are: {', '.join(names) or 'none'}"
    )


def _pod(job: Mapping[str, Any], template: Mapping[str, Any], container: Mapping[str, Any]) -> Pod:
    metadata = template.get("metadata") or {}
    spec = job.get("spec") or {}
    limits = [spec, spec.get("runPolicy") or {}, template["spec"]]
    deadlines = [each.get("activeDeadlineSeconds") for each in limits]
    return Pod(
        template["spec"],
        container,
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        (job.get("metadata") or {}).get("namespace") or "default",
        min((float(each) for each in deadlines if each is not None), default=None),
    )


def _templates(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the pods' templates; a TrainJob's runtime has them, its trainer fills one in."""
    spec = job.get("spec") or {}
    if job.get("kind") != "TrainJob":
        yield from _pod_templates(spec)
    elif isinstance(spec.get("trainer"), Mapping):
        trainer = spec["trainer"]
        # What the runtime tells torchrun, which then takes a free port of its own.
        told = {
            "PET_STANDALONE": "1",
            "PET_NPROC_PER_NODE": str(trainer.get("numProcPerNode", "auto")),
        }
        env = [{"name": name, "value": value} for name, value in told.items()]
        container = {
            **trainer,
            "name": _TRAINER,
            "env": [*(trainer.get("env") or ()), *env],
            "resources": trainer.get("resourcesPerNode"),
        }
        yield {"spec": {"containers": [container]}}


def _pod_templates(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        spec = node.get("spec")
        if isinstance(spec, Mapping) and isinstance(spec.get("containers"), list):
            yield node
        for child in node.values():
            yield from _pod_templates(child)
    elif isinstance(node, list):
        for child in node:
            yield from _pod_templates(child)


def _amount(amounts: Mapping[str, Any], key: str) -> float | None:
    if key not in amounts:
        return None
    try:
        return float(parse_quantity(amounts[key]))
    except ValueError as error:
        raise RunnerError(f"the trial template's resources: {key}: {error}") from error
