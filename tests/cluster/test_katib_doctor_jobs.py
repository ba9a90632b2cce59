"""`eegtune doctor` on runs by Jobs, without Katib: each broken in one way, on the cluster."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from eegtune.cluster.jobs.detached import controller_name, controller_objects
from eegtune.cluster.jobs.manifest import JobSettings, job_of
from eegtune.cluster.katib.doctor import Complaint, examine
from eegtune.cluster.katib.doctor.collect import collect
from eegtune.cluster.katib.kube import Kube
from eegtune.execution.events import Execution
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import TrialTask
from eegtune.spec import Experiment, load_experiment_text
from eegtune.spec.rendering import EXPERIMENT_LABEL, TRIAL_LABEL, render_trial
from tests.katib.double.broken import CASES, experiment
from tests.katib.double.quick import program_config_map

from .support.commands import apply, kubectl
from .support.diagnosis import BROKEN, HEALTHY, check_first, check_silence
from .support.objects import image, namespace
from .support.waiting import until

pytestmark = pytest.mark.cluster

HERE = sorted(name for name, case in CASES.items() if case.place == "everywhere")
VALUES = {"rate": "0.1", "units": "16", "dropout": "0.25", "kind": "relu"}


def job(made: Experiment, where: str) -> dict[str, Any]:
    """Return the Job of a trial as `eegtune run --on kubernetes` makes it."""
    name = f"{made.name}-abcdefgh"
    labels = {EXPERIMENT_LABEL: made.name, TRIAL_LABEL: name}
    task = TrialTask(
        Execution(name, 1), render_trial(made, name, VALUES, where),
        RunFolder(Path("unused")).trial(name), labels,
    )  # fmt: skip
    settings = JobSettings("0123456789abcdef", where, "trial", retain=True)
    return job_of(task, settings)


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, str]]:
    """A namespace of each kind, with a Job of every case in it."""
    key = uuid.uuid4().hex[:6]
    found = {kind: f"doctor-{kind}-{key}" for kind in ("plain", "quota")}
    for where in found.values():
        apply(namespace(where, "privileged"), program_config_map(where))
    quota = {"apiVersion": "v1", "kind": "ResourceQuota",
             "metadata": {"name": "none", "namespace": found["quota"]},
             "spec": {"hard": {"pods": "0"}}}  # fmt: skip
    apply(quota)
    made = {name: load_experiment_text(yaml.safe_dump(experiment(name, image("services"))), name)
            for name in HERE}  # fmt: skip
    apply(*(job(one, found[CASES[name].namespace]) for name, one in made.items()))
    yield found
    for where in found.values():
        kubectl("delete", "namespace", where, "--wait=false")


def complaints(name: str, where: str) -> tuple[Complaint, ...]:
    """Return what the doctor says, knowing what the run's folder here would tell it."""
    known = experiment(name, image("services"))
    return examine(collect(Kube.connect(), name, where, local_experiment=known))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", sorted(set(HERE) & set(BROKEN)))
def test_what_is_wrong_comes_first_with_its_fix(name: str, places: dict[str, str]) -> None:
    check_first(name, lambda: complaints(name, places[CASES[name].namespace]), 300)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", sorted(set(HERE) & set(HEALTHY)))
def test_nothing_is_said_of_a_healthy_run(name: str, places: dict[str, str]) -> None:
    where = places[CASES[name].namespace]

    def has_ended() -> bool:
        status = json.loads(kubectl("get", "job", f"{name}-abcdefgh", "-n", where, "-o", "json"))
        return any(each["type"] == "Complete" for each in status["status"].get("conditions", ()))

    check_silence(name, lambda: complaints(name, where), has_ended, 300)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("case", "rule", "fix"),
    [
        ("no account", "run-service-account", "serviceAccountName"),
        ("no right", "run-trial-failed", "eegtune run"),
    ],
)
def test_a_detached_run_whose_loop_cannot_run_is_told_by_its_own_words(
    case: str, rule: str, fix: str, own_namespace: str
) -> None:
    made = load_experiment_text(
        yaml.safe_dump(experiment("healthy", image("services"))), "detached"
    )
    objects = controller_objects(made, own_namespace)
    if case == "no right":  # account and volume are there, the Role is not
        pod = objects[1]["spec"]["template"]["spec"]
        claims = [each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"]
                  if "persistentVolumeClaim" in each]  # fmt: skip
        apply(an_account(pod["serviceAccountName"], own_namespace),
              *(a_claim(name, own_namespace) for name in claims))  # fmt: skip
    apply(*objects)
    assert objects[1]["metadata"]["name"] == controller_name("healthy")
    kube = Kube.connect()
    found = until(
        lambda: examine(collect(kube, "healthy", own_namespace)), "the doctor complains", 240
    )
    assert found[0].rule == rule
    assert fix in found[0].fix
    assert "healthy-run" in found[0].objects[0]


def an_account(name: str, where: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": where}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def a_claim(name: str, where: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": where}, "spec": spec}  # fmt: skip


def test_the_command_tells_it_in_json_and_by_its_exit_code(places: dict[str, str]) -> None:
    words = [str(Path(sys.executable).parent / "eegtune"), "doctor", "no-secret", "-n",
             places["plain"], "--format", "json"]  # fmt: skip
    until(lambda: complaints("no-secret", places["plain"]), "the doctor complains", 240)
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["complaints"][0]["rule"] == "missing-config"
    assert said["standing"] == "run by Jobs; 1 running"
