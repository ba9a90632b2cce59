"""What a trial costs as a Job, beside a bare Job of the same image: a program, not a test.

Needs a cluster in KUBECONFIG whose nodes have our images:
    python -m tests.cluster.overhead NAMESPACE [TRIALS]
Both are made one at a time: from the call that makes the Job until its end and its log are known.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from eegtune.cluster.jobs.access import connect
from eegtune.cluster.jobs.runner import jobs_in
from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord
from eegtune.execution.run import run_experiment
from eegtune.spec import load_experiment_text
from tests.cluster.support.commands import apply, kubectl
from tests.cluster.support.experiments import EXPERIMENT
from tests.cluster.support.objects import image, job, pod_spec

SCRIPT = "echo score=${trialParameters.x}"


class Clock(Silence):
    """Notes how long each trial takes from its creation to its end."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.seconds: list[float] = []

    def starting(self, record: TrialRecord) -> None:
        self.begun[record.name] = time.monotonic()

    def ended(self, record: TrialRecord) -> None:
        self.seconds.append(time.monotonic() - self.begun[record.name])


def ours(namespace: str, trials: int) -> list[float]:
    """Return the seconds of trials of an Experiment."""
    text = EXPERIMENT.format(
        parallel=1, trials=trials, failed=0, retain="false", more="", image=image("signal"),
        script=json.dumps(SCRIPT),
    )  # fmt: skip
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        run_experiment(
            load_experiment_text(text, "overhead"), Path(folder), observer=clock,
            make_runner=jobs_in(connect(namespace=namespace)),
        )  # fmt: skip
    return clock.seconds


def bare(namespace: str, trials: int) -> list[float]:
    """Return the seconds of Jobs made, waited for and read by kubectl."""
    seconds = []
    for number in range(trials):
        name = f"bare-{number}"
        made = job(name, namespace, pod_spec("signal", ["sh", "-c", "echo score=0.5"]))
        began = time.monotonic()
        apply(made)
        kubectl("wait", f"job/{name}", "-n", namespace, "--for=condition=complete")
        assert "score" in kubectl("logs", f"job/{name}", "-n", namespace)
        seconds.append(time.monotonic() - began)
        kubectl("delete", "job", name, "-n", namespace)
    return seconds


def main() -> None:
    """Measure both and print median and 95th percentile."""
    namespace, trials = sys.argv[1], int((sys.argv[2:] or ["20"])[0])
    for name, measure in (("bare Job", bare), ("our trial", ours)):
        seconds = measure(namespace, trials)
        p95 = quantiles(seconds, n=20)[-1]
        print(f"{name:10} median {median(seconds):.2f} s, p95 {p95:.2f} s ({trials})")


if __name__ == "__main__":
    main()
