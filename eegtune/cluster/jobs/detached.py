"""The loop itself as a Job: it goes on without the laptop, and after a drained node. Pure.

Its run folder lies on a volume; a pod that comes after another goes on with it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from eegtune import __version__
from eegtune.cluster.jobs.manifest import is_own_image
from eegtune.spec.dumping import dump_experiment
from eegtune.spec.experiment import Experiment

ACCOUNT = "eegtune-runner"
CLAIM = "eegtune-runs"
SECRET = "eegtune-s3"
CONTROLS_LABEL = "eegtune.dev/controls"
OWNER_NAME, OWNER_UID = "EEGTUNE_OWNER_NAME", "EEGTUNE_OWNER_UID"
CONTAINER = "controller"
_FILE = "/experiment/experiment.yaml"
_MOST_RESTARTS = 50
_USAGE_ERROR = 2
_FAILED = 1
_NARROW: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}  # fmt: skip


def controller_name(experiment: str) -> str:
    """Return the name of the controller's Job and of its ConfigMap."""
    return f"{experiment}-run"


def controller_objects(
    experiment: Experiment, namespace: str, words: Sequence[str] = (), destination: str = ""
) -> list[dict[str, Any]]:
    """Return the ConfigMap with the Experiment, and the Job that runs it.

    Args:
        experiment: The Experiment, with all changes made to it.
        namespace: Where the controller and its trials run.
        words: Further words for `eegtune run`.
        destination: `s3://…` for report and log at the end; empty: nowhere.
    """
    name = controller_name(experiment.name)
    metadata = {
        "name": name, "namespace": namespace, "labels": {CONTROLS_LABEL: experiment.name},
    }  # fmt: skip
    text = dump_experiment(experiment)
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
         "data": {"experiment.yaml": text}},
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
         "spec": _job_spec(experiment, namespace, words, destination)},
    ]  # fmt: skip


def owner_of(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the reference by which trials vanish with their controller; None outside of one."""
    name, uid = environment.get(OWNER_NAME), environment.get(OWNER_UID)
    if not name or not uid:
        return None
    return {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid}


def services_image(experiment: Experiment) -> str:
    """Return our image beside the one that the trials run: of the same registry and tag."""
    template = experiment.spec.trial_template.trial_spec or {}
    containers = template.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    for container in containers:
        image = str(container.get("image", ""))
        if is_own_image(image):
            folder, _, last = image.partition("@")[0].rpartition("/")
            tag = last.partition(":")[2] or __version__
            return f"{folder}/services:{tag}"
    return f"eegtune/services:{__version__}"


def _job_spec(
    experiment: Experiment, namespace: str, words: Sequence[str], destination: str
) -> dict[str, Any]:
    labels = {CONTROLS_LABEL: experiment.name}
    first = [_storage_check(experiment, destination)] if destination else []
    names = [CONTAINER, *(each["name"] for each in first)]
    return {
        # The run goes on after any end but its own; one that fails as a whole is not repeated.
        "backoffLimit": _MOST_RESTARTS,
        "podFailurePolicy": {
            "rules": [
                *({"action": "FailJob",
                   "onExitCodes": {"containerName": name, "operator": "In",
                                   "values": [_FAILED, _USAGE_ERROR]}} for name in names),
                {"action": "Ignore",
                 "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            ]
        },
        "template": {
            "metadata": {"labels": labels, "annotations": {"sidecar.istio.io/inject": "false"}},
            "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": ACCOUNT,
                "automountServiceAccountToken": True,
                "terminationGracePeriodSeconds": 60,
                "securityContext": {
                    "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532,
                    "fsGroup": 65532, "fsGroupChangePolicy": "OnRootMismatch",
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "initContainers": first,
                "containers": [_container(experiment, namespace, words, destination)],
                "volumes": [
                    {"name": "experiment",
                     "configMap": {"name": controller_name(experiment.name)}},
                    {"name": "runs", "persistentVolumeClaim": {"claimName": CLAIM}},
                    {"name": "scratch", "emptyDir": {}},
                ],
            },
        },
    }  # fmt: skip


def _storage_check(experiment: Experiment, destination: str) -> dict[str, Any]:
    """Return the container that puts the Experiment into S3 before anything is run.

    What could not be written at the end is said at the beginning.
    """
    return {
        "name": "storage",
        "image": services_image(experiment),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "eegtune.cluster.summary.put", destination, _FILE],
        "envFrom": [{"secretRef": {"name": SECRET}}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"},
                      "limits": {"memory": "1Gi"}},
        "securityContext": _NARROW,
        "volumeMounts": [{"name": "experiment", "mountPath": "/experiment"},
                         {"name": "scratch", "mountPath": "/tmp"}],
    }  # fmt: skip


def _container(
    experiment: Experiment, namespace: str, words: Sequence[str], destination: str
) -> dict[str, Any]:
    label = "metadata.labels['batch.kubernetes.io/{}']"
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": services_image(experiment),
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", _script(experiment.name, namespace, words, destination)],
        "env": [
            {"name": OWNER_NAME,
             "valueFrom": {"fieldRef": {"fieldPath": label.format("job-name")}}},
            {"name": OWNER_UID,
             "valueFrom": {"fieldRef": {"fieldPath": label.format("controller-uid")}}},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "512Mi"},
                      "limits": {"memory": "2Gi"}},
        "securityContext": _NARROW,
        "volumeMounts": [
            {"name": "experiment", "mountPath": "/experiment"},
            {"name": "runs", "mountPath": "/runs"},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }  # fmt: skip
    if destination:
        container["envFrom"] = [{"secretRef": {"name": SECRET}}]
    return container


def _script(name: str, namespace: str, words: Sequence[str], destination: str) -> str:
    """Return what the container does: run, keep the log, put both into S3, end as the run did.

    The shell waits for the run while it hands SIGTERM on, so that an eviction stops it in good
    order.
    """
    folder = f"/runs/{name}"
    run = ["eegtune", "run", _FILE, "--on", "kubernetes", "-n", namespace, "--dir", folder, *words]
    lines = [
        f"mkdir -p {folder} && mkfifo /tmp/log || exit 3",
        f"tee -a {folder}/controller.log </tmp/log & printing=$!",
        f"{shlex.join(run)} >/tmp/log 2>&1 & running=$!",
        "trap 'kill -TERM $running' TERM INT",
        "wait $running; code=$?",
        # A signal ends `wait` early; the run's own end comes after it.
        "while kill -0 $running 2>/dev/null; do wait $running; code=$?; done",
        "wait $printing",
    ]
    if destination:
        put = ["eegtune", "summarize", name, "-n", namespace, "--dir", folder,
               "--to", destination, "--no-config-map"]  # fmt: skip
        lines.append(f"[ $code -gt 1 ] || {shlex.join(put)} || exit 1")
    return "\n".join([*lines, "exit $code"])
