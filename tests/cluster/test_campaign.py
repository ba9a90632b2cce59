"""Campaigns whose trials are Jobs: from here, and as one Job that is killed on its way."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from eegtune.execution.store import RunStore

from .support.commands import PROJECT, apply, call, get, kubectl
from .support.experiments import EXPERIMENT
from .support.fixtures import ended
from .support.objects import image, job, namespace, pod_spec
from .support.waiting import until

pytestmark = pytest.mark.cluster

EEGTUNE = str(Path(sys.executable).parent / "eegtune")

SCRIPT = "for i in 1 2; do echo epoch=$i score=${trialParameters.x}; sleep 0.6; done"
PHASES = [
    {"name": "random", "algorithm": "random", "trials": 4},
    {"name": "near", "trials": 4, "narrow": {"parameters": {"x": {"delta": 0.1}}}},
    {"name": "grid", "grid": {"factors": [0.8, 0.9, 1]}},
]
DONE = {"random": ["ended", "4 trials"], "near": ["ended", "4 trials"],
        "grid": ["ended", "3 trials"]}  # fmt: skip


@pytest.fixture(scope="module")
def prepared() -> Iterator[str]:
    """A namespace with the account and the volume that a detached campaign needs."""
    name = f"campaign-{uuid.uuid4().hex[:6]}"
    apply(namespace(name))
    for part in ("accounts", "rights", "volumes"):
        kubectl("apply", "-n", name, "-f", f"{PROJECT}/manifests/base/{part}.yaml")
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def written(folder: Path, name: str) -> str:
    """Write a campaign of three short phases and its Experiment; return its file."""
    text = EXPERIMENT.format(
        parallel=2, trials=4, failed=0, retain="false", more="", image=image("signal"),
        script=json.dumps(SCRIPT),
    )  # fmt: skip
    (folder / "base.yaml").write_text(text)
    spec = {"experiment": "base.yaml", "phases": PHASES, "seed": 1}
    document = {"apiVersion": "eegtune/v1", "kind": "Campaign", "metadata": {"name": name},
                "spec": spec}  # fmt: skip
    file = folder / "campaign.yaml"
    file.write_text(yaml.safe_dump(document))
    return str(file)


def test_its_phases_run_as_jobs_each_on_top_of_the_last(
    own_namespace: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    said = call(EEGTUNE, "campaign", "run", written(tmp_path, "study"), "--on", "kubernetes",
                "-n", own_namespace, "--dir", str(folder), "--no-report")  # fmt: skip
    assert "The best of all phases is" in said
    values = {}
    for phase, count in (("random", 4), ("near", 4), ("grid", 3)):
        with RunStore.open(folder / "phases" / phase) as store:
            trials = [record.trial for record in store.trials()]
        assert [str(each.condition) for each in trials] == ["Succeeded"] * count
        values[phase] = [float(each.assignments["x"]) for each in trials]
        assert [each.metrics["score"] for each in trials] == values[phase]
    best = max(values["random"])
    assert all(abs(x - best) <= 0.1 + 1e-9 for x in values["near"])
    best = max(best, *values["near"])
    assert any(x == pytest.approx(best) for x in values["grid"])
    assert not get("jobs", "-n", own_namespace), "nothing is left there"


def test_as_one_job_it_goes_on_after_a_kill(prepared: str, tmp_path: Path) -> None:
    file, controls = written(tmp_path, "alone"), "eegtune.dev/controls=alone"
    said = call(EEGTUNE, "campaign", "run", file, "--on", "kubernetes", "-n", prepared, "--detach")
    assert f"kubectl logs -n {prepared} -f job/alone-run" in said
    until(lambda: "Phase 2 of 3" in log(prepared, controls), "its second phase has begun", 120)
    (killed,) = get("pods", "-n", prepared, "-l", controls)
    kubectl("delete", "pod", killed["metadata"]["name"], "-n", prepared, "--grace-period=0",
            "--force")  # fmt: skip
    end = until(lambda: ended(get("job", "alone-run", "-n", prepared)), "it has ended", 240)
    assert end == "Complete", log(prepared, controls)
    pods = {pod["metadata"]["uid"] for pod in get("pods", "-n", prepared, "-l", controls)}
    assert pods, "the pod that ended it is there"
    assert killed["metadata"]["uid"] not in pods, "another pod has ended it"
    rows = [re.split(r"\s{2,}", line) for line in status(prepared).splitlines()]
    assert {row[0]: row[1:3] for row in rows} == DONE


def log(where: str, controls: str) -> str:
    """Return what the campaign's pods have printed; nothing while they start."""
    pods = [pod["metadata"]["name"] for pod in get("pods", "-n", where, "-l", controls)
            if pod["status"]["phase"] != "Pending"]  # fmt: skip
    return "".join(kubectl("logs", pod, "-n", where) for pod in pods)


def status(where: str) -> str:
    """Ask the campaign on its volume how far it has come, from a pod that mounts it."""
    command = [
        "eegtune",
        "campaign",
        "status",
        "/runs/alone/campaign.yaml",
        "--dir",
        "/runs/alone",
    ]
    spec = pod_spec("services", command)
    # What may read the volume is who has written it.
    spec["securityContext"] |= {"runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532}
    spec["containers"][0]["volumeMounts"].append({"name": "runs", "mountPath": "/runs"})
    spec["volumes"].append(
        {"name": "runs", "persistentVolumeClaim": {"claimName": "eegtune-runs"}}
    )
    apply(job("status", where, spec))
    until(lambda: ended(get("job", "status", "-n", where)), "the status was asked", 60)
    return kubectl("logs", "job/status", "-n", where)
