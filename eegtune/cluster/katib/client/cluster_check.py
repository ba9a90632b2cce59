"""What would go wrong with an Experiment on this very cluster, found before it is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from eegtune.cluster.katib.doctor.experiment_checks import INJECTION_LABEL
from eegtune.cluster.katib.doctor.suggestion_checks import OWN_SETTINGS
from eegtune.spec.experiment import Experiment
from eegtune.spec.quantities import parse_quantity

Object = Mapping[str, Any]


class Surroundings(NamedTuple):
    """What an Experiment finds in a cluster.

    Attributes:
        has_katib: Whether Katib's resources are known.
        namespace: The Namespace object; None where there is none, or it may not be read.
        katib_config: What `katib-config.yaml` holds; empty where it may not be read.
        is_taken: Whether there is an Experiment of this name.
        quotas: The namespace's ResourceQuotas.
        nodes: The nodes; none where they may not be read.
    """

    has_katib: bool
    namespace: Object | None
    katib_config: Object
    is_taken: bool
    quotas: Sequence[Object]
    nodes: Sequence[Object]


class Obstacle(NamedTuple):
    """One thing in the way; `stops` says whether the Experiment cannot run at all."""

    stops: bool
    message: str


def check_cluster(experiment: Experiment, around: Surroundings) -> list[Obstacle]:
    """Return what is in the way of an Experiment."""
    if not around.has_katib:
        return [Obstacle(True, "this cluster has no Katib; use --on kubernetes, which needs none")]
    return [
        *_name(experiment, around),
        *_namespace(experiment, around),
        *_algorithms(experiment, around),
        *_quotas(experiment, around),
        *_nodes(experiment, around),
    ]


def _name(experiment: Experiment, around: Surroundings) -> Iterator[Obstacle]:
    if around.is_taken:
        yield Obstacle(
            True,
            f"there is an Experiment {experiment.name} already; follow it with `eegtune watch "
            f"{experiment.name}`, delete it, or give this one another name",
        )


def _namespace(experiment: Experiment, around: Surroundings) -> Iterator[Obstacle]:
    if around.namespace is None:
        return
    metadata = around.namespace.get("metadata") or {}
    is_pushed = experiment.spec.metrics_collector_spec.collector.kind == "Push"
    if (metadata.get("labels") or {}).get(INJECTION_LABEL) != "enabled" and not is_pushed:
        yield Obstacle(
            True,
            f"the namespace {metadata.get('name')} is not labelled for metrics collection; "
            f"kubectl label namespace {metadata.get('name')} {INJECTION_LABEL}=enabled",
        )


def _algorithms(experiment: Experiment, around: Surroundings) -> Iterator[Obstacle]:
    runtime = around.katib_config.get("runtime") or {}
    wanted = [("suggestions", experiment.spec.algorithm)]
    if experiment.spec.early_stopping:
        wanted.append(("earlyStoppings", experiment.spec.early_stopping))
    for section, algorithm in wanted:
        entries = {str(e.get("algorithmName")): e for e in runtime.get(section) or ()}
        name = algorithm.algorithm_name
        if not entries:
            continue
        if name not in entries:
            ours = f"; it has eegtune-{name}" if f"eegtune-{name}" in entries else ""
            yield Obstacle(
                True, f"Katib here knows no {name!r} (it has {', '.join(sorted(entries))}){ours}"
            )
        elif section == "suggestions" and not _is_ours(entries[name]):
            mine = [setting for setting in algorithm.settings if setting in OWN_SETTINGS]
            if mine:
                yield Obstacle(
                    True,
                    f"{', '.join(mine)} is a setting of our services, and {name} is served by "
                    f"{entries[name].get('image')}; use eegtune-{name}",
                )


def _is_ours(entry: Object) -> bool:
    words = [str(entry.get("image", "")), *map(str, entry.get("command") or ())]
    return any("eegtune" in word for word in words)


def _quotas(experiment: Experiment, around: Surroundings) -> Iterator[Obstacle]:
    requests = pod_requests(experiment)
    parallel = experiment.spec.parallel_trial_count
    for quota in around.quotas:
        status = quota.get("status") or {}
        for key, text in (status.get("hard") or {}).items():
            resource = key.removeprefix("requests.")
            needed = Decimal(1) if key == "pods" else requests.get(resource)
            if needed is None or key.startswith("limits."):
                continue
            free = parse_quantity(text) - parse_quantity((status.get("used") or {}).get(key, "0"))
            if needed > parse_quantity(text):
                yield Obstacle(
                    True, f"one trial requests {needed} {resource}, the quota allows {text}"
                )
            elif needed * parallel > free:
                yield Obstacle(
                    False,
                    f"{parallel} trials at once request {needed * parallel} {resource}, and the "
                    f"quota leaves {free}; the rest waits",
                )


def _nodes(experiment: Experiment, around: Surroundings) -> Iterator[Obstacle]:
    for resource, needed in pod_requests(experiment).items():
        sizes = [
            parse_quantity(text)
            for node in around.nodes
            if (text := ((node.get("status") or {}).get("allocatable") or {}).get(resource))
        ]
        if around.nodes and needed > max(sizes, default=Decimal(0)):
            most = max(sizes, default=Decimal(0))
            yield Obstacle(
                True, f"one trial requests {needed} {resource}, the largest node has {most}"
            )
        elif sizes and needed * experiment.spec.parallel_trial_count > sum(sizes):
            yield Obstacle(
                False,
                f"{experiment.spec.parallel_trial_count} trials at once request "
                f"{needed * experiment.spec.parallel_trial_count} {resource}, all nodes together "
                f"have {sum(sizes)}; the rest waits",
            )


def pod_requests(experiment: Experiment) -> dict[str, Decimal]:
    """Return what one pod of a Job template requests, by resource."""
    template = experiment.spec.trial_template.trial_spec or {}
    pod = ((template.get("spec") or {}).get("template") or {}).get("spec") or {}
    total: dict[str, Decimal] = {}
    for container in pod.get("containers") or ():
        resources = container.get("resources") or {}
        # A limit without a request is the request.
        wanted = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        for name, text in wanted.items():
            total[name] = total.get(name, Decimal(0)) + parse_quantity(text)
    return total
