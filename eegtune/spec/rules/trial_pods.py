"""Rules on the trial's pods: containers, images, resources, and what happens when they fail."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from eegtune.spec.case import WRAPPED, Case
from eegtune.spec.edits import Edit
from eegtune.spec.finding import Severity
from eegtune.spec.quantities import parse_quantity
from eegtune.spec.rules.rule import Problem, broken, poor

_IMAGE = re.compile(
    r"(?P<domain>(?:[a-zA-Z0-9][-a-zA-Z0-9]*(?:\.[a-zA-Z0-9][-a-zA-Z0-9]*)*"
    r"(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?P<digest>@[a-z0-9]+:[0-9a-fA-F]{32,})?"
)
_LONGEST_IMAGE = 1024
_JOB_LABELS = (
    "job-name",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
)


@broken(
    "primary-container",
    "Katib wraps the primary container's command; a pod without that "
    "container is refused when it starts, so no trial ever runs.",
    "Name one of the template's containers.",
)
def primary_container(case: Case) -> Iterator[Problem]:
    wanted = case.template.get("primaryContainerName")
    names = [str(c.get("name")) for path, c in case.containers if "initContainers" not in path]
    if wanted and names and wanted not in names:
        path = ("spec", "trialTemplate", "primaryContainerName")
        fix = f"Name one of the template's containers: {', '.join(names)}."
        edit = Edit(path, names[0]) if len(names) == 1 else None
        yield Problem(path, f"there is no container {wanted!r}.", fix, edit)


@broken("no-container", "A Job without a container cannot run.", "Add containers.")
def no_container(case: Case) -> Iterator[Problem]:
    if case.is_job and not any("containers" in path for path, _ in case.containers):
        yield Problem(case.template_path, "the Job has no container.", at_key=True)


@broken(
    "image",
    "An image must be named, and its name must parse.",
    "Write registry/name:tag in lower case.",
)
def image(case: Case) -> Iterator[Problem]:
    for path, container in case.containers:
        name = container.get("image")
        if not name:
            yield Problem(path, f"the container {container.get('name')!r} has no image.")
        elif isinstance(name, str) and (len(name) > _LONGEST_IMAGE or not _IMAGE.fullmatch(name)):
            yield Problem((*path, "image"), f"{name!r} is no image's name.")


@poor(
    "image-latest",
    "An image without tag or digest, or with `latest`, is another one tomorrow; "
    "results then cannot be repeated, and each start asks the registry.",
    "Name a version or a digest.",
)
def image_latest(case: Case) -> Iterator[Problem]:
    for path, container in case.containers:
        match = _IMAGE.fullmatch(str(container.get("image", ""))[:_LONGEST_IMAGE])
        if match and not match["digest"] and match["tag"] in (None, ":latest"):
            yield Problem((*path, "image"), f"the image {container['image']!r} is not pinned.")


@broken(
    "primary-pod-labels",
    "Only pods with the primaryPodLabels get a collector; without one no metric is ever read.",
    "Put the labels on the pod template, or leave them out.",
    only_on_katib=True,
)
def primary_pod_labels(case: Case) -> Iterator[Problem]:
    wanted = case.template.get("primaryPodLabels") or {}
    if not case.is_job or not wanted:
        return
    labels = _mapping(
        _mapping(_mapping(_mapping(case.rendered).get("spec")).get("template")).get("metadata")
    ).get("labels")
    for key, value in wanted.items():
        if key not in _JOB_LABELS and _mapping(labels).get(key) != value:
            path = ("spec", "trialTemplate", "primaryPodLabels", key)
            yield Problem(path, f"the Job's pods have no label {key}: {value}.")


@poor(
    "backoff-limit",
    "A failing trial is restarted backoffLimit times (6 where it is not given) "
    "before it counts as failed.",
    "Set backoffLimit: 0.",
    only_on_katib=True,
)
def backoff_limit(case: Case) -> Iterator[Problem]:
    spec = _mapping(_mapping(case.rendered).get("spec"))
    if case.is_job and spec.get("backoffLimit") != 0:
        path = (*case.template_path, "spec", "backoffLimit")
        edit = Edit(path, 0) if case.template.get("trialSpec") else None
        found = spec.get("backoffLimit", "not given, so 6")
        yield Problem(path, f"backoffLimit is {found}.", edit=edit, at_key=True)


@poor(
    "no-deadline",
    "A trial that hangs keeps its place for ever; Katib stops nothing.",
    "Set the Job's activeDeadlineSeconds.",
)
def no_deadline(case: Case) -> Iterator[Problem]:
    spec = _mapping(_mapping(case.rendered).get("spec"))
    pod = _mapping(_mapping(spec.get("template")).get("spec"))
    if case.is_job and not (spec.get("activeDeadlineSeconds") or pod.get("activeDeadlineSeconds")):
        path = (*case.template_path, "spec", "activeDeadlineSeconds")
        yield Problem(path, "the Job has no activeDeadlineSeconds.", at_key=True)


@broken(
    "restart-policy",
    "A Job's pods must have restartPolicy Never or OnFailure; with OnFailure "
    "a failing trial runs again beside its collector.",
    "Set restartPolicy: Never.",
    only_on_katib=True,
)
def restart_policy(case: Case) -> Iterator[Problem]:
    for path, pod in case.pods if case.is_job else ():
        policy = pod.get("restartPolicy")
        if policy != "Never":
            place = (*case.template_path, *path, "restartPolicy")
            edit = Edit(place, "Never") if case.template.get("trialSpec") else None
            found = repr(policy) if policy else "not given, which a Job refuses"
            severity = Severity.POOR if policy == "OnFailure" else None
            yield Problem(
                place,
                f"restartPolicy is {found}.",
                edit=edit,
                at_key=not policy,
                severity=severity,
            )


@broken(
    "quantity",
    "Quantities are numbers with m, k, M, G, Ki, Mi, Gi and the like.",
    "Write for example 500m, 2 or 1.5Gi.",
)
def quantity(case: Case) -> Iterator[Problem]:
    for path, container in case.containers:
        for group in ("requests", "limits"):
            for name, value in _resources(container, group).items():
                is_text = isinstance(value, str)
                if _amount(value) is None or (is_text and not re.search("[0-9]", value)):
                    place = (*path, "resources", group, name)
                    yield Problem(place, f"{name} {value!r} is no quantity.")


@broken(
    "request-above-limit",
    "A request above its limit is refused by Kubernetes.",
    "Lower the request, or raise the limit.",
)
def request_above_limit(case: Case) -> Iterator[Problem]:
    for path, container in case.containers:
        limits = _resources(container, "limits")
        for name, value in _resources(container, "requests").items():
            request, limit = _amount(value), _amount(limits.get(name))
            if request is not None and limit is not None and request > limit:
                place = (*path, "resources", "requests", name)
                yield Problem(
                    place, f"{name}: the request {value} is above the limit {limits[name]}."
                )


@broken(
    "gpu-limit",
    "GPUs and other devices are asked for by limits, in whole numbers, and a "
    "request must be equal; Kubernetes refuses the pod otherwise.",
    "Set limits: {nvidia.com/gpu: N}.",
)
def gpu_limit(case: Case) -> Iterator[Problem]:
    for path, container in case.containers:
        limits, requests = (_resources(container, group) for group in ("limits", "requests"))
        for name in dict.fromkeys((*requests, *limits)):
            if "/" not in name or name.startswith("kubernetes.io/"):
                continue
            place = (*path, "resources", "limits" if name in limits else "requests", name)
            amounts = [_amount(group[name]) for group in (requests, limits) if name in group]
            if name not in limits:
                yield Problem(place, f"{name} is requested without a limit.")
            elif len(set(amounts)) > 1:
                yield Problem(place, f"{name}: request and limit differ.")
            elif amounts[0] is not None and amounts[0] != int(amounts[0]):
                yield Problem(place, f"{name} is {limits[name]}, not a whole number.")


@poor(
    "no-resources",
    "A trial without requests may land on a node that is full, and be killed.",
    "Set resources.requests for cpu and memory.",
)
def no_resources(case: Case) -> Iterator[Problem]:
    if case.primary and not (
        _resources(case.primary[1], "requests") or _resources(case.primary[1], "limits")
    ):
        yield Problem(case.primary[0], "the primary container requests nothing.")


@poor(
    "no-command",
    "Without command Katib's controller fetches the image's entry point from its "
    "registry, which fails for local and private images.",
    "Set the command.",
    only_on_katib=True,
)
def no_command(case: Case) -> Iterator[Problem]:
    if case.primary and case.collector in WRAPPED and not case.primary[1].get("command"):
        yield Problem(case.primary[0], "the primary container has no command.")


def _resources(container: dict[str, Any], group: str) -> dict[str, Any]:
    return _mapping(_mapping(container.get("resources")).get(group))


def _amount(value: object) -> Decimal | None:
    try:
        return parse_quantity(value)
    except ValueError:
        return None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


RULES = (
    primary_container,
    no_container,
    image,
    image_latest,
    primary_pod_labels,
    backoff_limit,
    no_deadline,
    restart_policy,
    quantity,
    request_above_limit,
    gpu_limit,
    no_resources,
    no_command,
)
