"""Run Experiments with real processes and look at what became of their trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eegtune.execution.loop import LoopOptions
from eegtune.execution.records import TrialRecord
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment

QUICK = RunOptions(LoopOptions(grace_seconds=1.0))


def trials_of(folder: Path) -> list[TrialRecord]:
    with RunStore.open(folder) as store:
        return store.trials()


def run(experiment: Experiment, folder: Path, **options: Any) -> RunResult:
    return run_experiment(experiment, folder, QUICK, **options)


def only_trial(experiment: Experiment, folder: Path) -> TrialRecord:
    run(experiment, folder)
    (trial,) = trials_of(folder)
    return trial
