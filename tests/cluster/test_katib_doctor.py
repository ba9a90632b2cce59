"""`eegtune doctor` on Experiments of Katib (or of its double), each broken in one way."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import yaml

from eegtune.cluster.katib.doctor import Complaint, examine
from eegtune.cluster.katib.doctor.collect import collect
from eegtune.cluster.katib.kube import Kube
from tests.katib.double.broken import CASES, experiment
from tests.katib.double.fixtures import NO_KATIB, katib, lab  # noqa: F401
from tests.katib.double.install import NAMESPACE
from tests.katib.double.quick import program_config_map, small

from .support.commands import CommandError, apply, get, kubectl
from .support.diagnosis import BROKEN, HEALTHY, check_complaint, check_first, check_silence
from .support.objects import image, namespace
from .support.waiting import until

pytestmark = pytest.mark.cluster

INJECTION = "katib.kubeflow.org/metrics-collector-injection"
KINDS = {"plain": "privileged", "quota": "privileged", "restricted": "restricted",
         "unlabelled": "privileged"}  # fmt: skip
# A pod is enough for these, and test_katib_doctor_jobs.py makes them without Katib; here Katib
# itself is shown all of them, its double a few.
ALSO_HERE = ("healthy", "slow-but-healthy", "no-image", "quota", "crash", "deadline",
             "other-case")  # fmt: skip


def is_made(name: str, which: str) -> bool:
    """Whether a case can be made with Katib, or with its double."""
    places = {"katib": ("everywhere", "katib", "real"), "double": ("katib", "double")}
    return CASES[name].place in places[which] or (which == "double" and name in ALSO_HERE)


@pytest.fixture(scope="module")
def entries(katib: str) -> Iterator[None]:  # noqa: F811
    """Two algorithms whose services cannot run, in Katib's configuration."""
    before = get("configmap", "katib-config", "-n", NAMESPACE)["data"]["katib-config.yaml"]
    config = yaml.safe_load(before)
    given = config["runtime"]["suggestions"]
    (entry,) = [each for each in given if each["algorithmName"] == "random"]
    given += [
        entry | {"algorithmName": "badimage", "image": "absent/suggestion:1",
                 "imagePullPolicy": "Never"},
        entry | {"algorithmName": "tiny", "resources": {"limits": {"memory": "16Mi"}}},
    ]  # fmt: skip
    put(yaml.safe_dump(config))
    yield
    put(before)


def put(text: str) -> None:
    change = json.dumps({"data": {"katib-config.yaml": text}})
    kubectl("patch", "configmap", "katib-config", "-n", NAMESPACE, "--type=merge", "-p", change)


@pytest.fixture(scope="module")
def places(katib: str, entries: None) -> Iterator[dict[str, str]]:  # noqa: F811
    """A namespace of each kind, with an Experiment of every case in it."""
    key = uuid.uuid4().hex[:6]
    found = {kind: f"doctor-{kind}-{key}" for kind in KINDS}
    for kind, where in found.items():
        apply(namespace(where, KINDS[kind]), program_config_map(where))
    quota = {"apiVersion": "v1", "kind": "ResourceQuota",
             "metadata": {"name": "one", "namespace": found["quota"]},
             "spec": {"hard": {"pods": "1"}}}  # fmt: skip
    apply(quota)
    for name, case in CASES.items():
        if is_made(name, katib):
            text = json.dumps(experiment(name, image("services")))
            until(partial(is_taken, found[case.namespace], text), f"{name} is applied", 300)
    kubectl("label", "namespace", found["unlabelled"], f"{INJECTION}-")
    yield found
    for where in found.values():
        kubectl("delete", "namespace", where, "--wait=false")


def is_taken(where: str, text: str) -> bool:
    """Apply an Experiment; on a busy machine Katib's webhook may answer too late."""
    try:
        kubectl("apply", "-n", where, "-f", "-", text=text)
    except CommandError as error:
        if "failed calling webhook" in str(error):
            return False
        raise
    return True


def complaints(name: str, where: str) -> tuple[Complaint, ...]:
    return examine(collect(Kube.connect(), name, where))


def marked(name: str) -> Any:
    """Mark what only Katib itself can show: its own webhook, for one."""
    marks = [pytest.mark.katib] if CASES[name].place == "real" else []
    return pytest.param(name, marks=marks)


@pytest.mark.timeout(700)
@pytest.mark.parametrize("name", [marked(name) for name in BROKEN])
def test_what_is_wrong_comes_first_with_its_fix(
    name: str,
    katib: str,  # noqa: F811
    places: dict[str, str],
) -> None:
    if not is_made(name, katib):
        only = {"real": NO_KATIB, "double": "Katib's webhook refuses this Experiment"}
        pytest.skip(only.get(CASES[name].place, "tests/cluster/test_katib_doctor_jobs.py has it"))
    check_first(name, lambda: complaints(name, places[CASES[name].namespace]), 600)


@pytest.mark.timeout(700)
@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_said_of_a_healthy_experiment(name: str, places: dict[str, str]) -> None:
    where = places[CASES[name].namespace]

    def has_succeeded() -> bool:
        found = get("experiments.kubeflow.org", name, "-n", where)
        return (found.get("status") or {}).get("conditions", [{}])[-1].get("type") == "Succeeded"

    check_silence(name, lambda: complaints(name, where), has_succeeded, 600)


@pytest.mark.timeout(700)
def test_a_database_that_is_away(katib: str, lab: str) -> None:  # noqa: F811
    manager = ("deployment/katib-db-manager", "-n", NAMESPACE)
    made = small("away", "random", image("services"), most=1, parallel=1)
    kubectl("scale", *manager, "--replicas=0")
    try:
        kubectl("apply", "-n", lab, "-f", "-", text=json.dumps(made))
        check_complaint(
            "away", "database", "katib-db-manager", lambda: complaints("away", lab), 600
        )
    finally:
        kubectl("scale", *manager, "--replicas=1")
        kubectl("rollout", "status", *manager, "--timeout=240s", timeout_seconds=300)
