"""What the double needs in a cluster: Katib's kinds, its configuration, its database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from eegtune.search.algorithms import ALGORITHMS
from eegtune.stopping.catalogue import RULES

Object = dict[str, Any]

NAMESPACE = "kubeflow"
HERE = Path(__file__).parent
COLLECTOR_KINDS = ("StdOut", "File")
RESOURCES = {
    "requests": {"cpu": "20m", "memory": "64Mi"},
    "limits": {"memory": "300Mi", "cpu": "2"},
}


def katib_config(services_image: str, stopping_image: str) -> Object:
    """Return a KatibConfig in which our services answer for every algorithm."""
    return {
        "apiVersion": "config.kubeflow.org/v1beta1", "kind": "KatibConfig",
        "runtime": {
            "suggestions": [
                {"algorithmName": name, "image": services_image, "resources": RESOURCES,
                 "command": ["eegtune", "serve", "suggestion"]}
                for name in sorted(ALGORITHMS)
            ],
            "earlyStoppings": [
                {"algorithmName": name, "image": stopping_image, "resources": RESOURCES}
                for name in sorted(RULES)
            ],
            "metricsCollectors": [
                {"kind": kind, "image": services_image} for kind in COLLECTOR_KINDS
            ],
        },
    }  # fmt: skip


def objects(services_image: str, stopping_image: str) -> list[Object]:
    """Return the namespace, the configuration, and the database with its Service."""
    labels = {"katib.kubeflow.org/component": "db-manager"}
    config = yaml.safe_dump(katib_config(services_image, stopping_image))
    database = {
        "name": "database", "image": services_image, "resources": RESOURCES,
        "command": ["python", "-c", (HERE / "database.py").read_text()],
        "readinessProbe": {"grpc": {"port": 6789}, "periodSeconds": 1, "failureThreshold": 120},
    }  # fmt: skip
    return [
        {"apiVersion": "v1", "kind": "Namespace",
         "metadata": {"name": NAMESPACE, "labels": {"eegtune.dev/double": "true"}}},
        {"apiVersion": "v1", "kind": "ConfigMap",
         "metadata": {"name": "katib-config", "namespace": NAMESPACE},
         "data": {"katib-config.yaml": config}},
        {"apiVersion": "v1", "kind": "Service",
         "metadata": {"name": "katib-db-manager", "namespace": NAMESPACE},
         "spec": {"selector": labels, "ports": [{"port": 6789}]}},
        {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"name": "katib-db-manager", "namespace": NAMESPACE},
         "spec": {"selector": {"matchLabels": labels},
                  "template": {"metadata": {"labels": labels},
                               "spec": {"containers": [database],
                                        "terminationGracePeriodSeconds": 1}}}},
    ]  # fmt: skip


def with_program(pod: Object) -> Object:
    """Give a rewritten pod's collector, an image of ours here, the double's program.

    Katib's own collector is root where the pod names no user; our image is not.
    """
    names_user = "runAsUser" in (pod["spec"].get("securityContext") or {})
    for container in pod["spec"]["containers"]:
        if container["name"] == "metrics-logger-and-collector":
            if not names_user:
                container["securityContext"] = {"runAsUser": 0}
            program = (HERE / "collector.py").read_text()
            container["command"] = ["python", "-c", program]
            container["resources"]["limits"]["memory"] = "200Mi"
            container["resources"]["limits"].pop("cpu", None)
    return pod
