"""What one trial costs when there are many in a run, and whether memory grows with them.

    python benchmarks/many_trials.py [--trials 10000] [--parallel 2]

A real run of no-op trials, each a process of its own. Counted is the CPU time of the process that
decides (search, database, logs; its own threads included), because wall time on a shared machine
says more about its other users; beside it the wall time, and the resident memory of that process
and of the one that starts trials.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from execution import experiment

from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord
from eegtune.execution.run import run_experiment

STEPS = 20
COMMANDS = {
    "sh": ["sh", "-c", "echo score=${trialParameters.x}"],
    "noop": ["trial-runner", "noop", "--x=${trialParameters.x}"],
}


class Row(NamedTuple):
    """What the last trials cost, each, and the memory after them."""

    trials: int
    cpu_ms: float
    wall_ms: float
    own_mib: float
    server_mib: float


def resident_mib(pid: int) -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def first_child() -> int:
    """The process that starts trials."""
    pid = os.getpid()
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


class Meter(Silence):
    """Takes a row each time that a share of the trials has ended."""

    def __init__(self, trials: int) -> None:
        self.rows: list[Row] = []
        self._each = max(1, trials // STEPS)
        self._ended = 0
        self._cpu, self._wall = time.process_time(), time.monotonic()

    def ended(self, record: TrialRecord) -> None:
        """Count a trial."""
        self._ended += 1
        if self._ended % self._each:
            return
        cpu, wall = time.process_time(), time.monotonic()
        row = Row(
            self._ended,
            (cpu - self._cpu) * 1e3 / self._each,
            (wall - self._wall) * 1e3 / self._each,
            resident_mib(os.getpid()),
            resident_mib(first_child()),
        )
        self._cpu, self._wall = cpu, wall
        self.rows.append(row)
        print("| {} | {:.2f} | {:.1f} | {:.1f} | {:.1f} |".format(*row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--command", choices=COMMANDS, default="sh")
    options = parser.parse_args()
    print("| trials so far | CPU ms a trial | wall ms a trial | MiB | MiB of the server |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    meter = Meter(options.trials)
    asked = experiment(COMMANDS[options.command], options.trials)
    with tempfile.TemporaryDirectory() as folder:
        run_experiment(
            asked.with_spec(parallel_trial_count=options.parallel), Path(folder), observer=meter
        )
    first = next(row for row in meter.rows if row.trials >= min(500, options.trials))
    last = meter.rows[-1]
    grown = max(row.own_mib for row in meter.rows) - first.own_mib
    print(f"from trial {first.trials} to {last.trials}: CPU time a trial "
          f"x {last.cpu_ms / first.cpu_ms:.2f}, memory + {grown:.1f} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
