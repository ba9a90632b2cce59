"""Objects that the tests make, literal but for names."""

from __future__ import annotations

import os
from typing import Any

Object = dict[str, Any]


def image(name: str) -> str:
    """Return one of our images as this cluster finds it."""
    registry, tag = os.environ.get("REGISTRY", ""), os.environ.get("TAG") or "0.1.0"
    return f"{registry.rstrip('/')}/eegtune/{name}:{tag}".lstrip("/")


def pod_spec(name: str, command: list[str], **more: Any) -> Object:
    """Return a pod that `restricted` lets in, with one container."""
    container = {
        "name": "main",
        "image": image(name),
        "command": command,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
        **more,
    }
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
    }


def job(name: str, namespace: str, spec: Object) -> Object:
    """Return a Job of one pod that is not tried twice."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"backoffLimit": 0, "template": {"spec": spec}},
    }


def namespace(name: str, level: str = "restricted") -> Object:
    """Return a namespace that holds pods to a Pod Security Standard."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {
                "pod-security.kubernetes.io/enforce": level,
                "katib.kubeflow.org/metrics-collector-injection": "enabled",
            },
        },
    }
