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
import uuid
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
AT_ONCE = 5


class Clock(Silence):
    """Notes how long a trial takes from its creation to its end."""

    def __init__(self) -> None:
        self._made_at: dict[str, float] = {}
        self.seconds: list[float] = []

    def starting(self, record: TrialRecord) -> None:
        self._made_at[record.name] = time.monotonic()

    def ended(self, record: TrialRecord) -> None:
        assert record.trial.condition == "Succeeded", record.message
        self.seconds.append(time.monotonic() - self._made_at[record.name])


class Ours:
    """Trials of one Experiment, a few at a time: each call goes on with the run."""

    def __init__(self, namespace: str, folder: Path) -> None:
        self._access, self._folder, self._trials = connect(namespace=namespace), folder, 0

    def measure(self, trials: int) -> list[float]:
        """Return the seconds of some more trials."""
        self._trials += trials
        text = EXPERIMENT.format(
            parallel=1, trials=self._trials, failed=0, retain="false", more="",
            image=image("signal"), script=json.dumps(SCRIPT),
        )  # fmt: skip
        clock = Clock()
        run_experiment(
            load_experiment_text(text, "overhead"), self._folder, observer=clock,
            make_runner=jobs_in(self._access),
        )  # fmt: skip
        return clock.seconds


def bare(namespace: str, trials: int) -> list[float]:
    """Return the seconds of Jobs made, waited for and read by kubectl."""
    seconds = []
    for _ in range(trials):
        name = f"bare-{uuid.uuid4().hex[:8]}"
        made = job(name, namespace, pod_spec("signal", ["sh", "-c", "echo score=0.5"]))
        began = time.monotonic()
        apply(made)
        kubectl("wait", f"job/{name}", "-n", namespace, "--for=condition=complete")
        assert "score" in kubectl("logs", f"job/{name}", "-n", namespace)
        seconds.append(time.monotonic() - began)
        kubectl("delete", "job", name, "-n", namespace)
    return seconds


def main() -> None:
    """Measure both in turn, so that both meet the same load; print median and 95th percentile."""
    namespace, trials = sys.argv[1], int((sys.argv[2:] or ["20"])[0])
    seconds: dict[str, list[float]] = {"bare Job": [], "our trial": []}
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(namespace, Path(folder))
        for _ in range(0, trials, AT_ONCE):
            seconds["bare Job"] += bare(namespace, AT_ONCE)
            seconds["our trial"] += ours.measure(AT_ONCE)
    for name, each in seconds.items():
        p95 = quantiles(each, n=20)[-1]
        print(f"{name:10} median {median(each):.2f} s, p95 {p95:.2f} s ({len(each)})")


if __name__ == "__main__":
    main()
