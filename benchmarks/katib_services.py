"""Measure the suggestion service: `python -m benchmarks.katib_services [ALGORITHM …]`.

For every algorithm a server of its own answers an Experiment of 200 trials as Katib's controller
asks for them, is killed and replaced twice on the way, and then answers one request with 10,000
trials. Printed: the slowest answer and the mean in seconds, the server's seconds of CPU for the
answer at 10,000 trials (the import of its libraries included), and its largest memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eegtune.cluster.katib.protocol import api_pb2 as api
from tests.katib.controller import Calls, Controller, quality
from tests.katib.spaces import algorithm_names, experiment

TRIALS, LARGE = 200, 10_000
COMMAND = "from eegtune.cli import main; main()"


class Timed:
    """Calls whose times are kept."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.seconds: list[float] = []

    def __call__(self, service: str, method: str, request: Any) -> Any:
        """Call, and keep how long it took."""
        begin = time.perf_counter()
        reply = self.calls(service, method, request)
        self.seconds.append(time.perf_counter() - begin)
        return reply


@contextmanager
def server() -> Iterator[tuple[subprocess.Popen[str], Timed]]:
    """Start `eegtune serve suggestion` as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "suggestion", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    line = next(line for line in process.stderr if "serving on port" in line)
    calls = Calls(int(line.rsplit(" ", 1)[1]))
    yield process, Timed(calls)
    calls.close()
    process.kill()
    process.wait()


def peak_mib(process: subprocess.Popen[str]) -> float:
    """Return the largest memory that a process has had, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """Return how long a process has computed, in all of its threads."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(algorithm: str) -> str:
    """Run one algorithm and return a line of the table."""
    controller = Controller(experiment(algorithm, maximum=TRIALS), quality)
    seconds: list[float] = []
    peak = 0.0
    while not controller.is_completed:
        with server() as (process, calls):
            controller.validate(calls)
            until = len(controller.trials) + TRIALS // 3
            while not controller.is_completed and len(controller.trials) < until:
                controller.step(calls)
            seconds += calls.seconds
            peak = max(peak, peak_mib(process))
    with server() as (process, calls):
        before = cpu_seconds(process)
        calls("Suggestion", "GetSuggestions", large_request(controller))
        large = cpu_seconds(process) - before
        large_peak = peak_mib(process)
    best = max(
        float(m.value)
        for t in controller.with_condition(api.TrialStatus.SUCCEEDED)
        for m in t.status.observation.metrics
        if m.name == "score"
    )
    return (
        f"{algorithm:22} {max(seconds):8.2f} {sum(seconds) / len(seconds):8.3f} {peak:9.0f} "
        f"{large:10.2f} {large_peak:9.0f} {best:8.3f}"
    )


def large_request(controller: Controller) -> api.GetSuggestionsRequest:
    """Return a request with 10,000 trials: the run's own, moved a little."""
    import random

    draw, request = random.Random(0), api.GetSuggestionsRequest(experiment=controller.experiment)
    ended = [t for t in controller.trials.values() if t.status.completion_time]
    while len(request.trials) < LARGE:
        trial = request.trials.add()
        trial.CopyFrom(draw.choice(ended))
        trial.name = f"{controller.experiment.name}-{len(request.trials):08}"
        for assignment in trial.spec.parameter_assignments.assignments:
            if assignment.name == "rate":
                assignment.value = repr(10 ** draw.uniform(-4, -1))
    request.current_request_number, request.total_request_number = 3, LARGE + 3
    return request


def main(*algorithms: str) -> None:
    """Print the table."""
    print(f"{'algorithm':22} {'slowest':>8} {'mean':>8} {'peak MiB':>9} "
          f"{'10k: CPU s':>10} {'peak MiB':>9} {'best':>8}")  # fmt: skip
    for algorithm in algorithms or algorithm_names():
        print(measure(algorithm), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
