"""Each service account may do exactly what it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .support.commands import apply, kubectl
from .support.objects import namespace

pytestmark = pytest.mark.cluster

NAMESPACE = "rights"
ALWAYS = {  # what every account may ask about itself
    ("selfsubjectreviews.authentication.k8s.io", "create"),
    ("selfsubjectaccessreviews.authorization.k8s.io", "create"),
    ("selfsubjectrulesreviews.authorization.k8s.io", "create"),
}
ALLOWED = {
    "eegtune-trial": set(),
    "eegtune-runner": {
        ("jobs.batch", "create delete get list watch"),
        ("pods", "get list watch"),
        ("pods/log", "get"),
        ("events", "list"),
        ("resourcequotas", "list"),
    },
    "eegtune-summary": {
        ("configmaps", "create patch"),
        ("experiments.kubeflow.org", "get"),
        ("trials.kubeflow.org", "list"),
    },
}


@pytest.fixture(scope="module", params=["kustomize", "chart"])
def installed(request: pytest.FixtureRequest) -> Iterator[str]:
    """The accounts and their rights, as the manifests and as the chart make them."""
    from .support.commands import PROJECT, helm

    apply(namespace(NAMESPACE))
    if request.param == "kustomize":
        for name in ("accounts", "rights"):
            kubectl("apply", "-n", NAMESPACE, "-f", f"{PROJECT}/manifests/base/{name}.yaml")
    else:
        helm("install", "rights", "charts/eegtune", "-n", NAMESPACE, "--set", "keepVolumes=false")
    yield NAMESPACE
    kubectl("delete", "namespace", NAMESPACE, "--wait=true")


@pytest.mark.parametrize("account", sorted(ALLOWED))
def test_rights_are_what_is_needed_and_no_more(account: str, installed: str) -> None:
    printed = kubectl(
        "auth", "can-i", "--list", "-n", installed, "--no-headers",
        f"--as=system:serviceaccount:{installed}:{account}",
        "--as-group=system:serviceaccounts", "--as-group=system:authenticated",
    )  # fmt: skip
    found = set()
    for line in printed.splitlines():
        if line.startswith(" "):
            continue  # addresses such as /healthz, which everyone may read
        resource, verbs = line.split()[0], line[line.rindex("[") + 1 : line.rindex("]")]
        found.add((resource, " ".join(sorted(verbs.split()))))
    assert found - ALWAYS == ALLOWED[account]
