"""`eegtune run --on kubernetes` as a user calls it, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .support.commands import apply, get, kubectl
from .support.experiments import EXPERIMENT, QUICK
from .support.objects import image
from .support.storage import CREDENTIALS

pytestmark = pytest.mark.cluster

WRONG = CREDENTIALS | {"AWS_SECRET_ACCESS_KEY": "wrong"}
REFUSED = [{"name": name, "value": value} for name, value in WRONG.items()]
EEGTUNE = str(Path(sys.executable).parent / "eegtune")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(own_namespace: str, tmp_path: Path) -> Run:
    """Run an Experiment by the command, in a namespace of its own."""

    def call(
        *words: str, script: str = QUICK, more: str = "", image_name: str = "", trials: int = 2,
        namespace: str = own_namespace, **environment: str,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        file = tmp_path / "experiment.yaml"
        file.write_text(
            EXPERIMENT.format(
                parallel=2, trials=trials, failed=0, retain="false", more=more,
                image=image_name or image("signal"), script=json.dumps(script),
            )
        )  # fmt: skip
        return subprocess.run(
            [EEGTUNE, "run", str(file), "--on", "kubernetes", "-n", namespace,
             "--dir", str(tmp_path / "run"), *words],
            capture_output=True, text=True, timeout=180, env=os.environ | environment,
        )  # fmt: skip

    return call


def test_the_same_words_as_here_and_a_report(run: Run, tmp_path: Path) -> None:
    done = run(trials=3)
    assert done.returncode == 0, done.stderr
    assert "jobs: random, 3 trials, 2 at once" in done.stdout
    assert "[3/3]" in done.stdout
    assert "Best: score 0." in done.stdout
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
    assert yaml.safe_load((tmp_path / "run" / "best.yaml").read_text())


@pytest.mark.parametrize("limit", [{"requests.cpu": "25m"}, {"count/jobs.batch": "1"}])
def test_what_trials_wait_for_is_said(limit: dict[str, str], run: Run, own_namespace: str) -> None:
    quota = {
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": own_namespace},
        "spec": {"hard": limit},
    }  # fmt: skip
    apply(quota)
    done = run(script="sleep 8; " + QUICK)
    assert done.returncode == 0, done.stderr
    assert "waits: the namespace's quota is used up" in done.stdout
    assert "exceeded quota: small" in done.stdout


def test_a_trial_that_no_node_has_room_for_is_said_to_wait(run: Run) -> None:
    cpu = "spec.trialTemplate.trialSpec.spec.template.spec.containers.0.resources.requests.cpu"
    done = run("--timeout", "15s", "--set", f"{cpu}=1000")
    assert "waits: no node has room" in done.stdout
    assert "Insufficient cpu" in done.stdout
    assert "Go on with: eegtune run" in done.stdout


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no such context", "no context 'absent'; it has"),
        ("no such namespace", "kubectl create namespace absent"),
        ("no such image", "absent/eegtune/signal:1"),
        ("no such secret", 'secret "absent-secret" not found'),
        ("too little memory", "memory limit of 256Mi"),
        ("nobody answers", "gave no usable answer"),
        ("data refused", "s3://denied/x/manifest.json: the credentials are wrong"),
        ("no right", "you may not create jobs. Ask for the Role eegtune-runner"),
    ],
)
def test_what_is_wrong_is_named_and_ends_the_run(
    case: str, said: str, run: Run, own_namespace: str, tmp_path: Path
) -> None:
    if case == "no such context":
        done = run("--context", "absent")
    elif case == "no such namespace":
        done = run(namespace="absent")
    elif case == "no such image":
        done = run(image_name="absent/eegtune/signal:1")
    elif case == "no such secret":
        done = run(more="              envFrom: [{secretRef: {name: absent-secret}}]")
    elif case == "too little memory":
        hungry = "python -c 'x = bytearray(600 * 2**20); print(len(x), ${trialParameters.x})'"
        done = run(script=hungry)
    elif case == "data refused":
        script = "trial-runner autoreject --data=s3://denied/x && echo ${trialParameters.x}"
        done = run(script=script, more=f"              env: {json.dumps(REFUSED)}")
    elif case == "nobody answers":
        done = run(KUBECONFIG=elsewhere(tmp_path, server="https://127.0.0.1:1"))
    else:
        token = kubectl("create", "token", "default", "-n", own_namespace).strip()
        done = run(KUBECONFIG=elsewhere(tmp_path, token=token))
    assert done.returncode in (1, 2), done.stdout
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert case == "no such namespace" or get("jobs", "-n", own_namespace) == []


def elsewhere(folder: Path, server: str = "", token: str = "") -> str:
    """Return a kubeconfig for another server, or for the owner of a token."""
    found = yaml.safe_load(kubectl("config", "view", "--raw", "--flatten"))
    if server:
        found["clusters"][0]["cluster"]["server"] = server
    if token:
        found["users"][0]["user"] = {"token": token}
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(found))
    return str(path)
