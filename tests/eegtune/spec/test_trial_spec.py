"""Trials on Kubeflow's training operators: their pods get what a Job's pod gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from eegtune.execution.pod import pod_of
from eegtune.spec.generation.component import plan_for_component
from eegtune.spec.generation.trial_spec import trial_spec_lines

SHIPPED = Path(__file__).parents[3] / "manifests" / "experiments" / "eegpt" / "gpu"
# The fields of TrainJob v1alpha1 as of Kubeflow Trainer 2.3, where we fill them in; `...` stands
# for a part of the Kubernetes API. The server drops or refuses what is not among them.
_POD_PATCH = {
    "serviceAccountName": ..., "volumes": ..., "imagePullSecrets": ..., "securityContext": ...,
    "nodeSelector": ..., "affinity": ..., "tolerations": ..., "schedulingGates": ...,
    "initContainers": ...,
    "containers": {"name": ..., "env": ..., "volumeMounts": ..., "securityContext": ...},
}  # fmt: skip
_JOBS = {"name": ..., "template": {"spec": {"template": {"spec": _POD_PATCH}}}}
TRAIN_JOB = {
    "runtimeRef": {"name": ..., "apiGroup": ..., "kind": ...},
    "initializer": ...,
    "trainer": {
        "image": ..., "command": ..., "args": ..., "env": ..., "numNodes": ...,
        "numProcPerNode": ..., "resourcesPerNode": ...,
    },
    "runtimePatches": {
        "manager": ..., "trainingRuntimeSpec": {"template": {"spec": {"replicatedJobs": _JOBS}}},
    },
    "suspend": ..., "managedBy": ..., "activeDeadlineSeconds": ...,
}  # fmt: skip
TOLERATIONS = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
MOUNTS = [
    {"name": "scratch", "mountPath": "/tmp"},
    {"name": "shared-memory", "mountPath": "/dev/shm"},
]
VOLUMES = [
    {"name": "scratch", "emptyDir": {}},
    {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
]


def _job(kind: str, gpus: int = 4, **words: Any) -> dict[str, Any]:
    plan = plan_for_component("eegpt", gpus=gpus, kind=kind, **words)
    found: dict[str, Any] = yaml.safe_load("\n".join(trial_spec_lines(plan)))["trialSpec"]
    return found


def _unknown(value: Any, fields: Any, path: str = "spec") -> list[str]:
    if fields is ...:
        return []
    if isinstance(value, list):
        return [name for each in value for name in _unknown(each, fields, path)]
    wrong = [f"{path}.{name}" for name in value if name not in fields]
    known = [name for name in value if name in fields]
    return wrong + [u for n in known for u in _unknown(value[n], fields[n], f"{path}.{n}")]


def _pod_patch(spec: dict[str, Any]) -> dict[str, Any]:
    (patch,) = spec["runtimePatches"]
    (job,) = patch["trainingRuntimeSpec"]["template"]["spec"]["replicatedJobs"]
    assert job["name"] == "node"
    assert "/" in patch["manager"]  # Trainer refuses a manager that is no path below a domain
    found: dict[str, Any] = job["template"]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("data", [None, "s3://bucket/set"])
def test_a_train_job_has_only_fields_that_there_are(data: str | None) -> None:
    assert _unknown(_job("TrainJob", data=data)["spec"], TRAIN_JOB) == []


def test_the_shipped_train_job_has_only_fields_that_there_are() -> None:
    document = yaml.safe_load((SHIPPED / "trainjob.yaml").read_text("utf-8"))
    assert _unknown(document["spec"]["trialTemplate"]["trialSpec"]["spec"], TRAIN_JOB) == []


def test_a_train_job_changes_its_runtimes_pod() -> None:
    spec = _job("TrainJob")["spec"]
    assert spec["activeDeadlineSeconds"] == 3600
    assert spec["trainer"]["resourcesPerNode"]["limits"]["nvidia.com/gpu"] == "4"
    patch = _pod_patch(spec)
    assert patch["tolerations"] == TOLERATIONS
    assert patch["volumes"] == VOLUMES
    assert patch["securityContext"]["runAsNonRoot"] is True
    (container,) = patch["containers"]
    assert container["name"] == "node"
    assert container["volumeMounts"] == MOUNTS
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert "env" not in container  # Trainer refuses it here: it belongs to the trainer


def test_a_train_job_names_each_variable_of_the_secret() -> None:
    env = _job("TrainJob", data="s3://bucket/set")["spec"]["trainer"]["env"]
    assert [each["name"] for each in env] == [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3",
    ]  # fmt: skip
    assert env[0]["valueFrom"]["secretKeyRef"] == {
        "name": "eegtune-s3", "key": "AWS_ACCESS_KEY_ID", "optional": True,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["Job", "PyTorchJob"])
def test_a_pod_of_ones_own_has_the_same(kind: str) -> None:
    spec = _job(kind)["spec"]
    holder = spec if kind == "Job" else spec["pytorchReplicaSpecs"]["Master"]
    pod = holder["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["tolerations"] == TOLERATIONS
    assert pod["volumes"] == VOLUMES
    assert container["volumeMounts"] == MOUNTS
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "4"
    if kind == "PyTorchJob":
        assert spec["runPolicy"] == {"backoffLimit": 0, "activeDeadlineSeconds": 3600}
        assert holder["replicas"] == 1
        assert holder["restartPolicy"] == "Never"


def test_a_train_job_runs_on_this_machine_as_its_runtime_would_start_it() -> None:
    pod = pod_of(_job("TrainJob"), "node")
    assert pod.container["command"][:3] == ["torchrun", "--no-python", "trial-runner"]
    assert {"name": "PET_NPROC_PER_NODE", "value": "4"} in pod.container["env"]
    assert pod.resources.gpus == 4
    assert pod.deadline_seconds == 3600
