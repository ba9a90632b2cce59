"""Kill a run with SIGKILL at random instants, again and again; compare with an undisturbed one.

    python benchmarks/kill_runs.py [--kills 1000] [--trials 200] [--seed 0] [--life 4]

A run of many short trials is started, killed after a random time, started again, until it has
ended; this is done with new runs until the wanted number of kills is reached. After every kill:
no trial that had ended has changed or is run again. At the end: the same trials with the same
values and the same metrics as a run that was left alone, each reported exactly once.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.execution.store import NoRunError, RunStore

EEGTUNE = str(Path(sys.executable).with_name("eegtune"))
LONGEST_LIFE_SECONDS = 4.0  # longer on a busy machine, or no run gets beyond its start
SHOWN_EVERY = 25


def document(trials: int, parallel: int) -> dict[str, Any]:
    """An Experiment of trials that take a few milliseconds and print what they were given."""
    command = ["sh", "-c", "echo loss=${trialParameters.x}"]
    pod = {
        "restartPolicy": "Never",
        "containers": [{"name": "trial", "image": "none", "command": command}],
    }
    job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod}}}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": "killed"},
        "spec": {
            "objective": {"type": "minimize", "objectiveMetricName": "loss"},
            "algorithm": {"algorithmName": "random"},
            "parallelTrialCount": parallel,
            "maxTrialCount": trials,
            "parameters": [
                {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}}
            ],
            "trialTemplate": {
                "primaryContainerName": "trial",
                "trialParameters": [{"name": "x", "reference": "x"}],
                "trialSpec": job,
            },
        },
    }


def command(file: Path, folder: Path) -> list[str]:
    """The command of a run, which is also the one that goes on with it."""
    return [EEGTUNE, "run", str(file), "--dir", str(folder), "--quiet", "--no-report"]


def ended_trials(folder: Path) -> dict[str, TrialRecord]:
    """The trials that have ended, by name."""
    try:
        with RunStore.open(folder) as store:
            return {t.name: t for t in store.trials() if t.condition.is_completed}
    except NoRunError:
        return {}


def outcome(folder: Path) -> list[tuple[str, dict[str, str], dict[str, float], list[str]]]:
    """What a run has found, without times and attempts."""
    with RunStore.open(folder) as store:
        return [
            (
                record.name,
                dict(record.trial.assignments),
                dict(record.trial.metrics),
                [point.text for point in store.metric_log(record.name)],
            )
            for record in store.trials()
        ]


def run_with_kills(
    file: Path, folder: Path, dice: random.Random, most_kills: int,
    longest_life_seconds: float = LONGEST_LIFE_SECONDS,
) -> int:  # fmt: skip
    """Run to the end with kills in between; return how many there were.

    Raises:
        AssertionError: A trial that had ended has changed, or the run failed.
    """
    kills = 0
    known: dict[str, TrialRecord] = {}
    while True:
        process = subprocess.Popen(command(file, folder), stderr=subprocess.PIPE, text=True)
        life = dice.uniform(0.0, longest_life_seconds) if kills < most_kills else 600.0
        try:
            code = process.wait(life)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
            kills += 1
        assert process.stderr is not None
        errors = process.stderr.read()
        now = ended_trials(folder)
        for name, record in known.items():
            assert now.get(name) == record, f"{name} was {record}, is {now.get(name)}"
        known = now
        if kills and kills % SHOWN_EVERY == 0:
            print(f"{kills} kills, {len(known)} trials have ended", file=sys.stderr, flush=True)
        if code == 0:
            return kills
        assert code == -9, f"the run failed with {code}: {errors}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--life", type=float, default=LONGEST_LIFE_SECONDS,
                        help="most seconds before a kill")  # fmt: skip
    options = parser.parse_args()
    dice = random.Random(options.seed)
    kills, runs, begun = 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "killed.yaml"
        file.write_text(json.dumps(document(options.trials, options.parallel)))
        assert run_with_kills(file, Path(place) / "whole", dice, 0) == 0
        expected = outcome(Path(place) / "whole")
        while kills < options.kills:
            folder = Path(place) / f"run{runs}"
            kills += run_with_kills(file, folder, dice, options.kills - kills, options.life)
            runs += 1
            assert outcome(folder) == expected, f"run {runs} differs from the undisturbed one"
            print(f"{kills} kills in {runs} runs: no trial lost, changed or run twice", flush=True)
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
