"""What a trial costs beside its work: `eegtune run` beside plain subprocesses and Optuna.

    python benchmarks/execution.py [--trials 120]

Everything is measured in one run, in turns, so that a busy machine slows all alike; what counts
are the ratios and the differences. Trials run one at a time. The cost of a trial of `eegtune run`
is the time from one trial's end to the next one's, which holds the search, the database, the
start, the trial's own start-up, its end and all that lies between; for the others it is the wall
time of one call. The body of a no-op trial (reporting one number) takes well under a millisecond.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment, load_experiment_text

BIN = Path(sys.executable).parent


class Row(NamedTuple):
    """One line of a table: milliseconds."""

    what: str
    values: list[float]


def experiment(command: list[str], trials: int) -> Experiment:
    container = {"name": "trial", "image": "none", "command": command}
    pod = {"restartPolicy": "Never", "containers": [container]}
    document = {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": "overhead"},
        "spec": {
            "objective": {"type": "maximize", "objectiveMetricName": "score"},
            "algorithm": {"algorithmName": "random"},
            "parallelTrialCount": 1,
            "maxTrialCount": trials,
            "parameters": [{"name": "x", "parameterType": "double",
                            "feasibleSpace": {"min": "0", "max": "1"}}],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [{"name": "x", "reference": "x"}],
                "trialSpec": {"apiVersion": "batch/v1", "kind": "Job",
                              "spec": {"template": {"spec": pod}}},
            },
        },
    }  # fmt: skip
    return load_experiment_text(json.dumps(document))


def eegtune_run(command: list[str], trials: int) -> list[float]:
    """Milliseconds from the end of each trial to that of the next."""
    with tempfile.TemporaryDirectory() as folder:
        run_experiment(experiment(command, trials), Path(folder))
        with RunStore.open(folder) as store:
            records = store.trials()
    assert all(str(record.condition) == "Succeeded" for record in records), records[-1]
    ends = [record.trial.completion_time.timestamp() for record in records]  # type: ignore[union-attr]
    return [(after - before) * 1e3 for before, after in pairwise(ends)]


def calls(function: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of some calls."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        function()
        times.append((time.perf_counter() - begun) * 1e3)
    return times


def subprocess_call(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, check=True, capture_output=True)


def optuna_loop(trials: int) -> list[float]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler())
    return calls(
        lambda: study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1), trials
    )


def measure(trials: int, rounds: int) -> list[Row]:
    runner, python = str(BIN / "trial-runner"), sys.executable
    noop = ["trial-runner", "noop", "--x=${trialParameters.x}"]
    imports = [*noop, "--imports=true"]
    sources: dict[str, Callable[[], list[float]]] = {
        "`eegtune run`, no-op `trial-runner`": lambda: eegtune_run(noop, trials),
        "`eegtune run`, with torch, mne, scikit-learn": lambda: eegtune_run(imports, trials),
        "`eegtune run`, another program (`sh -c echo`)": lambda: eegtune_run(
            ["sh", "-c", "echo score=${trialParameters.x}"], trials
        ),
        "subprocess, no-op `trial-runner`": lambda: calls(
            subprocess_call(runner, "noop"), max(3, trials // 4)
        ),
        "subprocess, with torch, mne, scikit-learn": lambda: calls(
            subprocess_call(runner, "noop", "--imports=true"), 1
        ),
        "subprocess, `python -c pass`": lambda: calls(
            subprocess_call(python, "-c", "pass"), max(3, trials // 4)
        ),
        "Optuna `optimize`, in process, in memory": lambda: optuna_loop(trials),
        "`import eegtune`": lambda: calls(subprocess_call(python, "-c", "import eegtune"), 3),
        "`eegtune --help`": lambda: calls(subprocess_call(str(BIN / "eegtune"), "--help"), 3),
    }
    rows = {what: Row(what, []) for what in sources}
    for number in range(rounds):
        for what, source in sources.items():
            rows[what].values.extend(source())
            print(f"round {number + 1}: {what}", file=sys.stderr)
    return list(rows.values())


def table(rows: list[Row]) -> str:
    lines = ["| what | median ms | fastest | slowest | n |", "| --- | ---: | ---: | ---: | ---: |"]
    for row in rows:
        low, high = min(row.values), max(row.values)
        lines.append(
            f"| {row.what} | {statistics.median(row.values):.1f} | {low:.1f} | {high:.1f} "
            f"| {len(row.values)} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=120, help="trials of each kind and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(table(measure(options.trials, options.rounds)))


if __name__ == "__main__":
    main()
