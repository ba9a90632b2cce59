"""What tests share: a namespace of their own, Jobs that run to their end, Katib's kinds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .commands import apply, get, kubectl
from .objects import job, namespace, pod_spec
from .waiting import until

KATIB_KINDS = {"experiments": "Experiment", "suggestions": "Suggestion", "trials": "Trial"}


@pytest.fixture
def own_namespace() -> Iterator[str]:
    """A namespace under `restricted`, gone afterwards with all that is in it."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    apply(namespace(name))
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def run_job(own_namespace: str) -> Callable[..., str]:
    """Run a command in one of our images to its end and return what it printed."""

    def run(image: str, command: list[str], seconds: float = 180, **more: Any) -> str:
        name = f"job-{uuid.uuid4().hex[:6]}"
        apply(job(name, own_namespace, pod_spec(image, command, **more)))
        status = until(
            lambda: ended(get("job", name, "-n", own_namespace)), f"job {name} ended", seconds
        )
        log = kubectl("logs", f"job/{name}", "-n", own_namespace)
        assert status == "Complete", log
        return log

    return run


def ended(found: dict[str, Any]) -> str | None:
    """Return how a Job ended: `Complete` or `Failed`; None while it runs."""
    for condition in found["status"].get("conditions", []):
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return str(condition["type"])
    return None


@pytest.fixture(scope="session")
def katib_kinds() -> None:
    """Katib's three kinds, which have no schema of their own: the API server checks no field."""
    present = kubectl("get", "crd", "-o", "name")
    for plural, kind in KATIB_KINDS.items():
        if f"{plural}.kubeflow.org" not in present:
            apply(custom_resource(plural, kind))
    for plural in KATIB_KINDS:
        kubectl("wait", f"crd/{plural}.kubeflow.org", "--for=condition=Established")


def custom_resource(plural: str, kind: str) -> dict[str, Any]:
    """Return the definition of one of Katib's kinds, as Katib writes it."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.kubeflow.org"},
        "spec": {
            "group": "kubeflow.org",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": "v1beta1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }
