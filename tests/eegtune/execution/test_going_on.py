"""Runs that are interrupted, and runs that go on; with real processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.difference import ChangedExperimentError
from eegtune.execution.lock import LockedError, RunLock
from eegtune.execution.loop import Interruption, LoopOptions
from eegtune.execution.observer import Silence
from eegtune.execution.records import RunCondition, TrialRecord
from eegtune.execution.run import RunOptions, run_experiment

from .whole_runs import QUICK, run, trials_of


class StopAfter(Silence):
    """Interrupts a run when some trials have ended."""

    def __init__(self, ends: int) -> None:
        self.interruption = Interruption()
        self.left = ends

    def ended(self, record: TrialRecord) -> None:
        self.left -= record.condition.is_completed
        if self.left == 0:
            self.interruption.request(signal.SIGINT)


SLOW = "import sys, time; time.sleep(0.2); print('loss=' + sys.argv[1])"


@pytest.mark.parametrize("algorithm", ["random", "tpe"])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    make_experiment: Any, tmp_path: Path, algorithm: str
) -> None:
    settings = [{"name": "random_state", "value": "3"}]
    experiment = make_experiment(
        SLOW, parallelTrialCount=1, maxTrialCount=6,
        algorithm={"algorithmName": algorithm, "algorithmSettings": settings},
    )  # fmt: skip
    run(experiment, tmp_path / "whole")
    stop = StopAfter(3)
    result = run(experiment, tmp_path / "cut", observer=stop, interruption=stop.interruption)
    assert result.signal == signal.SIGINT
    assert result.state.condition is RunCondition.RUNNING
    between = trials_of(tmp_path / "cut")
    assert sum(trial.condition.is_completed for trial in between) == 3
    run(experiment, tmp_path / "cut")
    whole, cut = trials_of(tmp_path / "whole"), trials_of(tmp_path / "cut")
    assert [(t.name, t.trial.assignments, t.trial.metrics) for t in whole] == [
        (t.name, t.trial.assignments, t.trial.metrics) for t in cut
    ]
    assert [trial.attempt for trial in cut[:3]] == [1, 1, 1]


def test_a_run_that_has_ended_is_left_alone_and_goes_on_with_more_trials(
    make_experiment: Any, tmp_path: Path
) -> None:
    first = run(make_experiment(), tmp_path)
    again = run(make_experiment(), tmp_path)
    assert again.state == first.state
    assert again.best == first.best
    more = run(make_experiment(maxTrialCount=6), tmp_path)
    assert more.state.reason == "ExperimentMaxTrialsReached"
    trials = trials_of(tmp_path)
    assert len(trials) == 6
    assert {trial.attempt for trial in trials} == {1}


def test_a_failed_run_goes_on_with_a_larger_limit(make_experiment: Any, tmp_path: Path) -> None:
    failing = {"container": {"command": ["false", "${trialParameters.x}"]}}
    limits = {"parallelTrialCount": 1, "maxTrialCount": 4, **failing}
    assert run(make_experiment(maxFailedTrialCount=1, **limits), tmp_path).state.condition == (
        RunCondition.FAILED
    )
    assert run(make_experiment(maxFailedTrialCount=1, **limits), tmp_path).state.condition == (
        RunCondition.FAILED
    )
    assert len(trials_of(tmp_path)) == 1
    result = run(make_experiment(maxFailedTrialCount=3, **limits), tmp_path)
    assert result.state.condition is RunCondition.FAILED
    assert len(trials_of(tmp_path)) == 3


def test_another_experiment_is_refused_and_nothing_is_touched(
    make_experiment: Any, tmp_path: Path
) -> None:
    run(make_experiment(), tmp_path)
    before = (tmp_path / "experiment.yaml").read_text(), trials_of(tmp_path)
    other = make_experiment("print('loss=3')")
    with pytest.raises(ChangedExperimentError, match="containers") as caught:
        run(other, tmp_path)
    assert len(caught.value.differences) == 1
    assert ((tmp_path / "experiment.yaml").read_text(), trials_of(tmp_path)) == before


def test_fresh_moves_the_earlier_run_aside(make_experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(make_experiment(maxTrialCount=2), folder)
    old = trials_of(folder)
    other = make_experiment("print('loss=3')", maxTrialCount=3)
    result = run_experiment(other, folder, RunOptions(QUICK.loop, fresh=True))
    assert result.moved_to is not None
    assert trials_of(result.moved_to) == old
    assert len(trials_of(folder)) == 3


def test_two_runs_in_one_folder(make_experiment: Any, tmp_path: Path) -> None:
    with RunLock(tmp_path / "run.lock"), pytest.raises(LockedError, match=str(os.getpid())):
        run(make_experiment(), tmp_path)
    assert run(make_experiment(), tmp_path).best is not None


def test_the_time_given(make_experiment: Any, tmp_path: Path) -> None:
    experiment = make_experiment(SLOW, maxTrialCount=100)
    options = RunOptions(LoopOptions(timeout_seconds=1.0, grace_seconds=1.0))
    result = run_experiment(experiment, tmp_path, options)
    assert result.timed_out
    assert result.state.condition is RunCondition.RUNNING
    conditions = {str(trial.condition) for trial in trials_of(tmp_path)}
    assert conditions == {"Succeeded", "Created"}


def test_a_second_interruption_does_not_wait(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("loss=1", flush=True)
        time.sleep(300)
    """
    interruption = Interruption()

    def interrupt_twice() -> None:
        while not any((tmp_path / "trials").glob("*/stdout.log")):
            time.sleep(0.05)
        time.sleep(0.5)
        interruption.request(signal.SIGINT)
        time.sleep(0.5)
        interruption.request(signal.SIGINT)

    thread = threading.Thread(target=interrupt_twice)
    thread.start()
    options = RunOptions(LoopOptions(grace_seconds=120.0))
    begun = time.monotonic()
    run_experiment(make_experiment(script), tmp_path, options, interruption=interruption)
    thread.join()
    assert time.monotonic() - begun < 60
    assert {str(trial.condition) for trial in trials_of(tmp_path)} == {"Created"}
