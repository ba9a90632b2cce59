"""Trials as Jobs while the API server throttles, fails, forgets, or the line to it breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eegtune.execution.store import RunStore

from .support.api_proxy import CutStreams, Every, ExpiredWatches, Fault, failing_api_server
from .support.commands import get
from .support.experiments import EXPERIMENT
from .support.objects import image
from .support.waiting import until

pytestmark = pytest.mark.cluster

LINES = 8
SCRIPT = f"for i in $(seq {LINES}); do echo epoch=$i score=${{trialParameters.x}}; sleep 0.4; done"


@pytest.mark.parametrize(
    "fault",
    [
        Every(3, 429, {"Retry-After": "1"}),
        Every(3, 503),
        Every(4, 500),
        ExpiredWatches(6),
        CutStreams(8),
    ],
    ids=["throttled", "unavailable", "internal errors", "expired watches", "cut lines"],
)
def test_nothing_is_lost_nor_comes_twice(fault: Fault, own_namespace: str, tmp_path: Path) -> None:
    text = EXPERIMENT.format(
        parallel=2, trials=4, failed=0, retain="false", more="", image=image("signal"),
        script=json.dumps(SCRIPT),
    )  # fmt: skip
    file = tmp_path / "experiment.yaml"
    file.write_text(text)
    run = tmp_path / "run"
    words = ["run", str(file), "--on", "kubernetes", "-n", own_namespace, "--dir", str(run)]
    with failing_api_server(fault, tmp_path) as (kubeconfig, struck):
        done = subprocess.run(
            [str(Path(sys.executable).parent / "eegtune"), *words, "--no-report"],
            env=os.environ | {"KUBECONFIG": str(kubeconfig)}, capture_output=True, text=True,
            timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert struck() >= 3, "the fault never struck"
    with RunStore.open(run) as store:
        trials = store.trials()
    assert [(str(each.condition), each.attempt) for each in trials] == [("Succeeded", 1)] * 4
    for each in trials:
        log = (run / "trials" / each.name / "stdout.log").read_text()
        epochs = [line.partition(" ")[0] for line in log.splitlines()]
        assert epochs == [f"epoch={number}" for number in range(1, LINES + 1)]
    assert until(lambda: get("jobs", "-n", own_namespace) == [], "jobs are gone")
