"""Run an Experiment in a folder: begin, or go on where an earlier process stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from eegtune.execution import times
from eegtune.execution.best import leading_trial
from eegtune.execution.board import Board
from eegtune.execution.changes import counts_of
from eegtune.execution.difference import ChangedExperimentError, differences
from eegtune.execution.early_stopping import EarlyStopping
from eegtune.execution.events import EventQueue, event_queue
from eegtune.execution.file_system import refuse_network_folder
from eegtune.execution.lock import RunLock
from eegtune.execution.loop import Interruption, LoopEnd, LoopOptions, TrialLoop
from eegtune.execution.observer import Observer, Silence
from eegtune.execution.process_runner import ProcessRunner
from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import Runner
from eegtune.execution.source import TrialSource
from eegtune.execution.verdict import Verdict
from eegtune.execution.writer import RunWriter
from eegtune.search import suggest
from eegtune.spec import Experiment, dump_experiment

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How an Experiment is run.

    Attributes:
        loop: How the loop behaves.
        fresh: Whether an earlier run in the folder is moved aside first.
        strict_resources: Whether a trial that asks for more than the machine has is refused.
        runtime: What runs the trials' images: docker, podman, nerdctl, or `container` for
            whichever is there; None for processes.
        mounts: Folders of this machine for the template's volumes, by the volumes' names.
    """

    loop: LoopOptions = field(default_factory=LoopOptions)
    fresh: bool = False
    strict_resources: bool = False
    runtime: str | None = None
    mounts: Mapping[str, str] = field(default_factory=dict)


class RunResult(NamedTuple):
    """How far a run has come.

    Attributes:
        state: How the run stands.
        best: The trial to use (`eegtune best`), before the run's end the best so far; None where
            no trial counts.
        signal: The signal that interrupted it; None where none did.
        timed_out: Whether the given time was over before the run ended.
        moved_to: Where an earlier run was moved to; None where none was.
        ran: Whether trials were run now; false where the run had ended before.
    """

    state: RunState
    best: TrialRecord | None
    signal: int | None = None
    timed_out: bool = False
    moved_to: Path | None = None
    ran: bool = True


MakeRunner = Callable[[Experiment, RunFolder, EventQueue, int, RunOptions], Runner]


def make_process_runner(
    experiment: Experiment, folder: RunFolder, events: EventQueue, lock: int, options: RunOptions
) -> Runner:
    """Return the runner of processes, or of containers, on this machine.

    Raises:
        ValueError: The runtime that is asked for is not there.
    """
    if options.runtime is not None:
        from eegtune.execution.container_runner import ContainerRunner

        return ContainerRunner(
            experiment.spec, folder, events, options.runtime, mounts=options.mounts, lock=lock,
            strict_resources=options.strict_resources,
        )  # fmt: skip
    return ProcessRunner(
        experiment.spec, folder, events, lock=lock,
        strict_katib=options.loop.strict_katib, strict_resources=options.strict_resources,
    )  # fmt: skip


def run_experiment(
    experiment: Experiment,
    folder: Path,
    options: RunOptions | None = None,
    *,
    observer: Observer | None = None,
    interruption: Interruption | None = None,
    make_runner: MakeRunner = make_process_runner,
) -> RunResult:
    """Run an Experiment's trials until it has ended, or go on with what is in the folder.

    Raises:
        NetworkFolderError: The folder is on a network file system.
        LockedError: Another process runs trials in the folder.
        ChangedExperimentError: The folder holds a run of another Experiment.
        NoRunError: The folder's database cannot be used.
        RunnerError: Trials cannot be run here.
        SearchError: The search failed.
        OSError: The folder cannot be written.
        sqlite3.Error: The database cannot be written, for example because the disk is full.
    """
    options = options or RunOptions()
    refuse_network_folder(folder)
    run_folder = RunFolder(folder)
    stopping = EarlyStopping.of(experiment)
    with ExitStack() as stack:
        run_folder.path.mkdir(parents=True, exist_ok=True)
        lock = stack.enter_context(RunLock(run_folder.lock))
        moved_to = None
        if options.fresh and run_folder.database.exists():
            moved_to = _move_aside(run_folder)
            lock = _lock_again(stack, lock, run_folder)
        store = stack.enter_context(RunWriter.open_writable(run_folder.path))
        state = _begin(store, experiment)
        experiment = store.experiment  # with the counts that are in force
        board = Board(store, experiment)
        events = event_queue()
        runner = make_runner(experiment, run_folder, events, lock.descriptor, options)
        stack.callback(runner.close)
        exhausted = state.search_exhausted
        source = TrialSource(store, board, suggest, options.loop.prior, exhausted=exhausted)
        loop = TrialLoop(
            experiment, store, board, runner, events, source, observer or Silence(), stopping,
            interruption or Interruption(), options.loop, state.paused,
        )  # fmt: skip
        verdict = loop.verdict()
        if verdict is not None and verdict.reason == state.reason:
            return RunResult(state, _best(board, experiment, state), moved_to=moved_to, ran=False)
        store.set_state(replace(state, condition=RunCondition.RUNNING, reason="", message="",
                                completion_time=None))  # fmt: skip
        runner.prepare(experiment.spec.trial_template.trial_spec or {})
        loop.observer.begun(experiment, board)
        end = loop.run()
        state = _conclude(store, end, loop.clock.now())
        return RunResult(
            state, _best(board, experiment, state), end.signal, end.timed_out, moved_to
        )


def _best(board: Board, experiment: Experiment, state: RunState) -> TrialRecord | None:
    has_ended = state.condition is not RunCondition.RUNNING
    best = leading_trial(experiment, board.history, has_ended=has_ended)
    return next((each for each in board.records() if each.trial is best), None)


def _begin(store: RunWriter, experiment: Experiment) -> RunState:
    """Write down that the run goes on, after checking that it is the same Experiment."""
    if not store.has_run:
        state = RunState(RunCondition.RUNNING, start_time=times.now())
        store.create_run(experiment, state)
    else:
        found = differences(store.experiment, experiment)
        if found:
            raise ChangedExperimentError(store.folder.path, found)
        state = store.state
        # Counts that were changed from outside stay, unless they are given anew.
        if counts_of(experiment.spec) != store.given_counts:
            store.set_experiment(experiment)
    store.set_given_counts(counts_of(experiment.spec))
    store.folder.experiment.write_text(dump_experiment(experiment), "utf-8")
    return state


def _conclude(store: RunWriter, end: LoopEnd, time: datetime) -> RunState:
    state = store.state
    if end.verdict is not None:
        verdict: Verdict = end.verdict
        ended = max(time, state.start_time or time)  # the clock may be another than it was then
        state = RunState(
            verdict.condition, verdict.reason, verdict.message, state.start_time, ended,
            state.search_exhausted,
        )  # fmt: skip
        store.set_state(state)
    return state


def _move_aside(folder: RunFolder) -> Path:
    """Rename a run's folder so that nothing of it is lost; return its new place."""
    stamp = times.now().strftime("%Y%m%dT%H%M%S")
    target = folder.path.with_name(f"{folder.path.name}.{stamp}")
    number = 1
    while target.exists():
        number += 1
        target = folder.path.with_name(f"{folder.path.name}.{stamp}-{number}")
    folder.path.rename(target)
    return target


def _lock_again(stack: ExitStack, old: RunLock, folder: RunFolder) -> RunLock:
    """Lock the new folder; the old lock went with the old one and stays until the end."""
    folder.path.mkdir(parents=True)
    return stack.enter_context(RunLock(folder.lock))
