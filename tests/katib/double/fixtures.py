"""Fixtures of tests on a cluster with Katib: the real one where it is installed, else the double.

Imported by tests/cluster/test_katib*.py, whose own `own_namespace` and `katib_kinds` they use.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from eegtune.cluster.katib.kube import Kube

from .controller import Double
from .install import NAMESPACE, objects
from .quick import program_config_map

WEBHOOK = "katib.kubeflow.org"
NO_KATIB = f"this cluster has no Katib: there is no webhook {WEBHOOK}"


def kubectl(*words: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["kubectl", *words], input=text, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"kubectl {' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


def apply(*things: dict[str, object]) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(things)})
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=text)


def has_katib() -> bool:
    return WEBHOOK in kubectl("get", "validatingwebhookconfigurations", "-o", "name")


@pytest.fixture(scope="module")
def katib(katib_kinds: None) -> Iterator[str]:
    """`katib` where the cluster has Katib, else `double`, which runs as long as the module."""
    if has_katib():
        yield "katib"
        return
    from tests.cluster.support.objects import image

    apply(*objects(image("services"), image("early-stopping")))
    kubectl("rollout", "status", "deployment/katib-db-manager", "-n", NAMESPACE,
            "--timeout=180s")  # fmt: skip
    double = Double(Kube.connect(), NAMESPACE)
    double.start()
    yield "double"
    double.stop()
    kubectl("delete", "namespace", NAMESPACE, "--wait=true")


@pytest.fixture
def real_katib() -> None:
    """Katib itself; a test that needs it is skipped where it is not installed."""
    if not has_katib():
        pytest.skip(NO_KATIB)


@pytest.fixture
def lab(katib: str, own_namespace: str) -> str:
    """A namespace of its own in which trials find their program and a collector is put in."""
    kubectl("label", "namespace", own_namespace, "--overwrite",
            "pod-security.kubernetes.io/enforce=privileged")  # fmt: skip
    apply(program_config_map(own_namespace))
    return own_namespace
