"""What Katib's pod webhook makes of a trial's pod: wrapped command, collector, volume, labels.

It follows inject_webhook.go: the primary container's command is joined with blanks into one
shell line with redirection and markers, and the collector is appended as a sidecar.
"""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eegtune.spec.katib_config import KatibConfig, shipped_config
from eegtune.spec.rendering import EXPERIMENT_LABEL, TRIAL_LABEL, RenderError

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment

DATABASE = "katib-db-manager.kubeflow:6789"
_STDOUT_PATH = "/var/log/katib/metrics.log"
_WRAPPED = ("StdOut", "File", "TensorFlowEvent")
_VOLUME = "metrics-volume"


def injected_pod(
    experiment: Experiment,
    job: dict[str, Any],
    stop_rules: Sequence[str] = (),
    config: KatibConfig | None = None,
) -> dict[str, Any]:
    """Return the pod of a trial as Katib's webhook rewrites it.

    Args:
        experiment: The Experiment.
        job: The trial's object, as `render_trial` returns it.
        stop_rules: Early-stopping rules, each `metric;value;comparison;start step`.
        config: Katib's configuration; by default the one that it ships.

    Raises:
        RenderError: The object has no pod template, or the pod not the primary container, or the
            container no command (Katib would ask the image's registry).
    """
    pod = _pod_of(job)
    trial, namespace = job["metadata"]["name"], job["metadata"]["namespace"]
    labels = pod["metadata"].setdefault("labels", {})
    primary_labels = experiment.spec.trial_template.primary_pod_labels or {}
    is_primary = all(labels.get(key) == value for key, value in primary_labels.items())
    labels |= {**experiment.metadata.labels, EXPERIMENT_LABEL: experiment.name, TRIAL_LABEL: trial}
    primary = _primary(pod, experiment.spec.trial_template.primary_container_name)
    primary.setdefault("env", []).append(_trial_name_variable())
    kind = experiment.spec.metrics_collector_spec.collector.kind
    if kind == "Push" or (primary_labels and not is_primary):
        return pod
    _add_collector(pod, primary, experiment, trial, namespace, stop_rules, config)
    if kind in _WRAPPED:
        path, is_file = _metrics_path(experiment)
        line = wrapped_line(primary, kind, path, is_file, with_stopping=bool(stop_rules))
        primary["command"], primary["args"] = line
    return pod


def wrapped_line(
    container: dict[str, Any], kind: str, path: str, is_file: bool, *, with_stopping: bool
) -> tuple[list[str], list[str]]:
    """Return command and arguments that Katib gives the primary container.

    Raises:
        RenderError: The container has no command of its own.
    """
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    if not container.get("command"):
        raise RenderError(
            "the primary container has no command; Katib would fetch the image's entry point from "
            "its registry. Set the command"
        )
    shell = ["sh", "-c"]
    if words[0] in ("sh", "bash") and words[1:2] == ["-c"]:
        shell, words = words[:2], words[2:]
    folder = posixpath.dirname(path) if is_file else path.rstrip("/")
    if kind == "StdOut":
        words.append(f"1>{path} 2>&1")
    if with_stopping:
        words += ["||", _stopped_command(folder)]
    words += ["&&", f"echo completed > {folder}/$$$$.pid"]
    return shell, [" ".join(words)]


def _stopped_command(folder: str) -> str:
    return (
        f"if test -f {folder}/$$$$.pid && [ $(head -n 1 {folder}/$$.pid) = early-stopped ]; then "
        "echo Training Container was Early Stopped; else echo Training Container was Failed; "
        "exit 1; fi"
    )


def _pod_of(job: dict[str, Any]) -> dict[str, Any]:
    template = (job.get("spec") or {}).get("template")
    if not isinstance(template, dict) or not isinstance(template.get("spec"), dict):
        raise RenderError(f"a {job.get('kind')} has no spec.template; only Jobs show as pods")
    pod = copy.deepcopy(template)
    metadata = pod.pop("metadata", None) or {}
    metadata = {"generateName": f"{job['metadata']['name']}-"} | metadata
    metadata["namespace"] = job["metadata"]["namespace"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod["spec"]}


def _primary(pod: dict[str, Any], name: str) -> dict[str, Any]:
    containers = pod["spec"].get("containers") or []
    for container in containers:
        if container.get("name") == name:
            found: dict[str, Any] = container
            return found
    names = ", ".join(str(container.get("name")) for container in containers)
    raise RenderError(f"the pod has no primary container {name!r}; it has {names or 'none'}")


def _trial_name_variable() -> dict[str, Any]:
    field = {"fieldPath": f"metadata.labels['{TRIAL_LABEL}']"}
    return {"name": "KATIB_TRIAL_NAME", "valueFrom": {"fieldRef": field}}


def _metrics_path(experiment: Experiment) -> tuple[str, bool]:
    """Return where metrics are written, and whether that is a file; no text where nowhere."""
    spec = experiment.spec.metrics_collector_spec
    if spec.collector.kind == "StdOut":
        return _STDOUT_PATH, True
    where = spec.source.file_system_path if spec.source else None
    if where is None or where.path is None:
        return "", False
    is_file = where.kind == "File" if spec.collector.kind == "Custom" else True
    return where.path, is_file and spec.collector.kind != "TensorFlowEvent"


def _add_collector(
    pod: dict[str, Any],
    primary: dict[str, Any],
    experiment: Experiment,
    trial: str,
    namespace: str,
    stop_rules: Sequence[str],
    config: KatibConfig | None,
) -> None:
    spec = experiment.spec.metrics_collector_spec
    path, is_file = _metrics_path(experiment)
    if spec.collector.kind == "Custom":
        sidecar = copy.deepcopy(spec.collector.custom_collector or {})
    else:
        known = config or shipped_config()
        sidecar = _sidecar(experiment, trial, namespace, stop_rules, known)
    pod["spec"]["containers"].append(sidecar)
    pod["spec"]["shareProcessNamespace"] = True
    if path:
        mount = {"name": _VOLUME, "mountPath": posixpath.dirname(path) if is_file else path}
        for container in (primary, sidecar):
            container.setdefault("volumeMounts", []).append(dict(mount))
        pod["spec"].setdefault("volumes", []).append({"name": _VOLUME, "emptyDir": {}})


def _sidecar(
    experiment: Experiment,
    trial: str,
    namespace: str,
    stop_rules: Sequence[str],
    config: KatibConfig,
) -> dict[str, Any]:
    kind = experiment.spec.metrics_collector_spec.collector.kind
    if kind not in config.collectors:
        raise RenderError(f"katib-config has no collector of kind {kind}")
    is_logger = kind in ("StdOut", "File")
    return {
        "name": "metrics-logger-and-collector" if is_logger else "metrics-collector",
        "image": config.collectors[kind],
        "args": _collector_arguments(experiment, trial, namespace, stop_rules, config),
        "imagePullPolicy": "IfNotPresent",
        "resources": {
            "limits": {"cpu": "500m", "memory": "100Mi", "ephemeral-storage": "5Gi"},
            "requests": {"cpu": "50m", "memory": "10Mi", "ephemeral-storage": "500Mi"},
        },
    }


def _collector_arguments(
    experiment: Experiment,
    trial: str,
    namespace: str,
    stop_rules: Sequence[str],
    config: KatibConfig,
) -> list[str]:
    objective, spec = experiment.spec.objective, experiment.spec.metrics_collector_spec
    kind, source = spec.collector.kind, spec.source
    arguments = ["-t", trial, "-m", ";".join(objective.metric_names), "-o-type", objective.type,
                 "-s-db", DATABASE]  # fmt: skip
    path, _ = _metrics_path(experiment)
    if path:
        arguments += ["-path", path]
    if source and source.filter and source.filter.metrics_format:
        arguments += ["-f", ";".join(source.filter.metrics_format)]
    if kind == "File" and source and source.file_system_path:
        arguments += ["-format", source.file_system_path.format or ""]
    if kind == "StdOut":
        arguments += ["-format", "TEXT"]
    if kind in config.wait_all_processes:
        arguments += ["-w", str(config.wait_all_processes[kind]).lower()]
    for rule in stop_rules:
        arguments += ["-stop-rule", rule]
    if stop_rules:
        service = f"{experiment.name}-{experiment.spec.algorithm.algorithm_name}.{namespace}:6788"
        arguments += ["-s-earlystop", service]
    return arguments
