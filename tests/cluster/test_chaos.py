"""A detached run goes on while the parts of its cluster are killed one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.store import RunStore

from .support.commands import PROJECT, CommandError, apply, call, get, kubectl
from .support.experiments import EXPERIMENT
from .support.fixtures import ended
from .support.objects import image, namespace
from .support.storage import CREDENTIALS, bucket, keys, text
from .support.waiting import until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(
        "EEGTUNE_TEST_NODE" not in os.environ, reason="the cluster is not the tests' own"
    ),
]

NAMESPACE = "chaos"
NAME = "jobs-run"
TRIALS = 10
SCRIPT = "for i in 1 2 3 4 5 6; do echo epoch=$i score=${trialParameters.x}; sleep 1; done"


@pytest.fixture
def installed() -> Iterator[None]:
    """What a detached run needs: account, rights, volume, credentials."""
    apply(namespace(NAMESPACE))
    for name in ("accounts", "rights", "volumes"):
        kubectl("apply", "-n", NAMESPACE, "-f", f"{PROJECT}/manifests/base/{name}.yaml")
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": CREDENTIALS,
              "metadata": {"name": "eegtune-s3", "namespace": NAMESPACE}}  # fmt: skip
    apply(secret)
    yield
    kubectl("delete", "namespace", NAMESPACE, "--wait=true", timeout_seconds=180)


def kill(*words: str) -> None:
    """Kill processes of the node, which has its own numbers for them."""
    enter = str(Path(__file__).parent / "node" / "enter")
    subprocess.run([enter, *words], check=True, capture_output=True)


def kill_part(name: str) -> None:
    """Kill -9 a part of Kubernetes; the node's first process starts it again."""
    pid = (Path(os.environ["EEGTUNE_TEST_NODE"]) / f"{name}.pid").read_text().strip()
    kill("kill", "-9", pid)


def drain() -> None:
    """Take the run off the node, as before a repair, and let the node have pods again."""
    node = get("nodes")[0]["metadata"]["name"]
    kubectl("drain", node, f"--pod-selector=batch.kubernetes.io/job-name={NAME}", "--force",
            "--delete-emptydir-data", "--timeout=90s")  # fmt: skip
    kubectl("uncordon", node)


def patiently(look: Callable[[], Any]) -> Callable[[], Any]:
    """Return a look that says None while the API server is away."""

    def again() -> Any:
        try:
            return look()
        except CommandError:
            return None

    return again


def test_a_detached_run_completes_whatever_is_killed(installed: None, tmp_path: Path) -> None:
    file = tmp_path / "experiment.yaml"
    file.write_text(
        EXPERIMENT.format(parallel=2, trials=TRIALS, failed=0, retain="true", more="",
                          image=image("signal"), script=json.dumps(SCRIPT))
    )  # fmt: skip
    to = f"s3://{bucket('chaos')}/run"
    call(str(Path(sys.executable).parent / "eegtune"), "run", str(file), "--on", "kubernetes",
         "-n", NAMESPACE, "--detach", "--to", to)  # fmt: skip
    until(lambda: len(trials()) >= 2, "two trials run")
    (first,) = controllers()
    kill("pkill", "-9", "-f", "eegtune run /experiment")
    second = until(lambda: controllers() - {first}, "another controller goes on")
    drain()
    until(lambda: controllers() - {first, *second}, "yet another one goes on")
    for part in ("kubelet", "apiserver", "etcd", "containerd"):
        time.sleep(4)
        kill_part(part)
    time.sleep(2)
    kill("pkill", "-9", "versitygw")
    how = until(patiently(lambda: ended(get("job", NAME, "-n", NAMESPACE))), "the run ended", 400)
    assert how == "Complete", kubectl("logs", f"job/{NAME}", "-n", NAMESPACE)
    stored = keys("chaos", "run")
    logs = {key: text("chaos", f"run/{key}") for key in stored if key.endswith("stdout.log")}
    assert len(logs) == TRIALS
    for key, log in logs.items():
        lines = [line.partition(" ")[0] for line in log.splitlines()]
        assert lines[-6:] == [f"epoch={number}" for number in range(1, 7)], key
    assert f"[{TRIALS}/{TRIALS}]" in text("chaos", "run/controller.log")


def test_trials_of_a_node_that_is_gone_run_again(own_namespace: str, tmp_path: Path) -> None:
    # The cluster gives a node up after 40 to 50 s, and its pods as soon as they say so.
    tolerations = """
            tolerations:
            - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute,
               tolerationSeconds: 1}"""
    file = tmp_path / "experiment.yaml"
    script = "sleep 20; " + SCRIPT
    file.write_text(
        EXPERIMENT.format(parallel=2, trials=2, failed=0, retain="false", more=tolerations,
                          image=image("signal"), script=json.dumps(script))
    )  # fmt: skip
    words = ["run", str(file), "--on", "kubernetes", "-n", own_namespace, "--dir",
             str(tmp_path / "run"), "--no-report"]  # fmt: skip
    with subprocess.Popen([str(Path(sys.executable).parent / "eegtune"), *words]) as run:
        until(lambda: len(running(own_namespace)) == 2, "two trials run")
        pid = (Path(os.environ["EEGTUNE_TEST_NODE"]) / "kubelet.pid").read_text().strip()
        kill("kill", "-STOP", pid)
        try:
            until(lambda: not running(own_namespace), "their pods are given up", 150)
        finally:
            kill("kill", "-CONT", pid)
        assert run.wait(timeout=240) == 0
    with RunStore.open(tmp_path / "run") as store:
        trials = store.trials()
    assert [str(each.condition) for each in trials] == ["Succeeded"] * 2
    for each in trials:
        log = (tmp_path / "run" / "trials" / each.name / "stdout.log").read_text()
        assert [line.split()[0] for line in log.splitlines()][-6:] == [
            f"epoch={number}" for number in range(1, 7)
        ]


def running(namespace_name: str) -> list[Any]:
    """Return the pods that run and that nobody has given up."""
    return [
        each
        for each in get("pods", "-n", namespace_name)
        if each["status"]["phase"] == "Running" and "deletionTimestamp" not in each["metadata"]
    ]


def trials() -> list[Any]:
    """Return the Jobs of trials."""
    return list(get("jobs", "-n", NAMESPACE, "-l", "katib.kubeflow.org/experiment=jobs"))


def controllers() -> set[str]:
    """Return the names of the controller's pods that there are."""
    found = get("pods", "-n", NAMESPACE, "-l", "eegtune.dev/controls=jobs")
    return {each["metadata"]["name"] for each in found}
