"""The loop that runs an Experiment's trials: one consumer of events, which alone decides.

As in Katib it is asynchronous: as soon as a trial has ended, the search is asked for one more.
When a run ends, and in which order that is judged, is in `eegtune.execution.verdict` with what
differs from Katib on purpose. Every transition is committed before it is acted on: a trial is
written down before it starts, its end before the next suggestion.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty
from typing import NamedTuple

from eegtune.execution import times
from eegtune.execution.board import Board
from eegtune.execution.early_stopping import EarlyStopping
from eegtune.execution.events import Ended, Event, EventQueue, Execution, Lines, Started
from eegtune.execution.naming import trial_name
from eegtune.execution.observer import Observer
from eegtune.execution.outcome import (
    StopCause,
    begun,
    could_not_start,
    outcome_of,
    requeued,
    started,
)
from eegtune.execution.pod import pod_of
from eegtune.execution.records import TrialRecord
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import Runner, RunnerError, TrialTask
from eegtune.execution.running import RunningTrial
from eegtune.execution.verdict import Verdict, room_for_new_trials, verdict_of
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Observation, Report
from eegtune.metrics.reader import MetricFormatError, MetricReader, metric_reader
from eegtune.search import Proposal, Suggestion
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import EXPERIMENT_LABEL, TRIAL_LABEL, RenderError, render_trial
from eegtune.spec.trial import Trial, TrialCondition

_TICK_SECONDS = 0.1

Suggest = Callable[[Experiment, Sequence[Trial], Sequence[Trial], int, int], Proposal]


class SearchError(Exception):
    """The search cannot go on."""


@dataclass(slots=True)
class Interruption:
    """Asks the loop to stop; signal handlers set it."""

    signal: int | None = None
    times: int = 0

    def request(self, number: int) -> None:
        """Ask to stop, and if asked already, to stop at once."""
        self.signal = number
        self.times += 1


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a loop behaves beside what the Experiment says.

    Attributes:
        timeout_seconds: After which trials are stopped, to be run again when the run goes on.
        grace_seconds: Between asking a trial to end and killing it.
        prior: Trials of earlier runs that the search starts from.
    """

    timeout_seconds: float | None = None
    grace_seconds: float = 10.0
    prior: tuple[Trial, ...] = ()


class LoopEnd(NamedTuple):
    """Why the loop came back: one of the three is set."""

    verdict: Verdict | None = None
    signal: int | None = None
    timed_out: bool = False


@dataclass(slots=True)
class TrialLoop:
    """Runs trials until the run ends or somebody interrupts it."""

    experiment: Experiment
    store: RunWriter
    board: Board
    runner: Runner
    events: EventQueue
    suggest: Suggest
    observer: Observer
    stopping: EarlyStopping
    interruption: Interruption = field(default_factory=Interruption)
    options: LoopOptions = field(default_factory=LoopOptions)
    search_exhausted: bool = False
    paused: bool = False
    _seen_changes: int | None = None
    _running: dict[Execution, RunningTrial] = field(default_factory=dict)
    _reader: MetricReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = metric_reader(self.experiment.spec)

    def run(self) -> LoopEnd:
        """Run trials until there is a verdict, the time is over, or an interruption.

        Raises:
            RunnerError: Trials cannot be run.
            SearchError: The search failed.
        """
        over_at = time.monotonic() + (self.options.timeout_seconds or float("inf"))
        while True:
            verdict = self.verdict()
            if verdict is not None:
                self._stop_all(StopCause.RUN_ENDED, verdict.message)
                return LoopEnd(verdict=verdict)
            if self.interruption.times:
                self._stop_all(StopCause.RUN_INTERRUPTED, "interrupted")
                return LoopEnd(signal=self.interruption.signal)
            if time.monotonic() >= over_at:
                self._stop_all(StopCause.RUN_INTERRUPTED, "the time given is over")
                return LoopEnd(timed_out=True)
            self._take_changes()
            if not self.paused:
                self._fill()
            self._turn()

    def verdict(self) -> Verdict | None:
        """Return how the run has ended; None while it has not."""
        return verdict_of(
            self.experiment.spec,
            self.board.tally,
            self.board.best_value,
            search_exhausted=self.search_exhausted,
        )

    def _fill(self) -> None:
        fit = self.runner.trials_at_once
        at_once = self.experiment.spec.parallel_trial_count
        at_once = at_once if fit is None else min(at_once, fit)
        for record in self.board.waiting():
            if len(self._running) >= at_once:
                return
            self._start(record)
        room = room_for_new_trials(
            self.experiment.spec, self.board.tally, at_once - len(self._running)
        )
        if room and not self.search_exhausted:
            for record in self._new_trials(room):
                self._start(record)

    def _new_trials(self, count: int) -> list[TrialRecord]:
        board = self.board
        try:
            proposal = self.suggest(
                self.experiment, board.history, self.options.prior, board.issued, count
            )
        except ValueError as error:
            raise SearchError(str(error)) from error
        if not proposal.suggestions and not proposal.exhausted and not board.tally.active:
            raise SearchError("the search suggests nothing although no trial runs")
        self.search_exhausted = proposal.exhausted
        return self._add(proposal)

    def _add(self, proposal: Proposal) -> list[TrialRecord]:
        """Commit new trials; numbers that another process has taken meanwhile are left to it."""
        while True:
            first = self.board.tally.total
            records = [
                self._record(first + index, suggestion)
                for index, suggestion in enumerate(proposal.suggestions)
            ]
            try:
                self.board.add(records, search_exhausted=proposal.exhausted)
            except sqlite3.IntegrityError:
                self.board.adopt(self.store.trials(first))
            else:
                return records

    def _take_changes(self) -> None:
        """Follow what other processes have changed: counts, a pause, trials of a person."""
        changes = self.store.changes_of_others()
        if changes == self._seen_changes:
            return
        self._seen_changes = changes
        self.experiment = self.store.experiment
        self.paused = self.store.state.paused
        self.board.adopt(self.store.trials(self.board.tally.total))
        self.observer.changed(self.experiment)

    def _record(self, number: int, suggestion: Suggestion) -> TrialRecord:
        taken = self.board.names
        if suggestion.name in taken:
            raise SearchError(f"the search named two trials {suggestion.name!r}")
        seed = self.experiment.spec.algorithm.settings.get("random_state", "")
        name = suggestion.name or trial_name(self.experiment.name, seed, number, taken)
        trial = Trial(
            name, dict(suggestion.assignments), TrialCondition.CREATED,
            labels=dict(suggestion.labels),
        )  # fmt: skip
        return TrialRecord(trial, number)

    def _start(self, record: TrialRecord) -> None:
        record = started(record, times.now())
        self.board.update(record)
        execution = Execution(record.name, record.attempt)
        running = RunningTrial(record.number, Observation(self.experiment.spec.objective))
        try:
            task = self._task(record, execution)
        except RenderError as error:
            record = could_not_start(record, str(error), times.now())
            self.board.update(record)
            self.observer.ended(record)
            return
        try:
            running.deadline_seconds = self._deadline_seconds(task)
            running.handle = self.runner.start(task)
        except RunnerError as error:
            self.board.update(requeued(record, str(error)))
            raise
        self._running[execution] = running
        self.stopping.remember(record.trial, running.curve)
        self.observer.starting(record)

    def _task(self, record: TrialRecord, execution: Execution) -> TrialTask:
        trial = record.trial
        namespace = self.experiment.metadata.namespace or "default"
        own = {EXPERIMENT_LABEL: self.experiment.name, TRIAL_LABEL: trial.name}
        labels = {**self.experiment.metadata.labels, **own, **trial.labels}
        job = render_trial(self.experiment, trial.name, trial.assignments, namespace, trial.labels)
        folder: RunFolder = self.store.folder
        return TrialTask(execution, job, folder.trial(trial.name), labels)

    def _deadline_seconds(self, task: TrialTask) -> float | None:
        container = self.experiment.spec.trial_template.primary_container_name
        return pod_of(task.job, container).deadline_seconds

    def _turn(self) -> None:
        """Wait a moment for an event and deal with it."""
        try:
            event = self.events.get(timeout=_TICK_SECONDS)
        except Empty:
            pass
        else:
            self._handle(event)
        for running in self._running.values():
            if running.is_overdue:
                why = "it ran longer than the template's activeDeadlineSeconds"
                running.stop(StopCause.DEADLINE, why, self.options.grace_seconds)

    def _handle(self, event: Event) -> None:
        running = self._running.get(event.execution)
        if running is None:
            return
        if isinstance(event, Started):
            running.has_started()
            record = begun(self.board.record(running.number), times.now())
            self.board.update(record)
            self.observer.started(record)
        elif isinstance(event, Lines):
            self._read(running, event)
        elif isinstance(event, Ended):
            del self._running[event.execution]
            self.runner.ended(event.execution)
            self._end(running, event)

    def _read(self, running: RunningTrial, event: Lines) -> None:
        if running.cause is StopCause.UNREADABLE:
            return
        record = self.board.record(running.number)
        try:
            reports = running.read(event.lines, self._reader)
        except MetricFormatError as error:
            running.stop(StopCause.UNREADABLE, str(error), self.options.grace_seconds)
            return
        if not reports:
            return
        self.store.append_metrics(running.number, reports)
        self.observer.reported(record, reports)
        if self.stopping.is_active and running.cause is None:
            self._judge(record, running, reports)

    def _judge(self, record: TrialRecord, running: RunningTrial, reports: list[Report]) -> None:
        metric = self.experiment.spec.objective.objective_metric_name
        for report in reports:
            if not running.extend_curve(report, metric):
                continue
            decision = self.stopping.judge(record, running.curve)
            if decision.stop:
                running.stop(StopCause.EARLY, decision.reason, self.options.grace_seconds)
                return

    def _end(self, running: RunningTrial, event: Ended) -> None:
        before = self.board.record(running.number)
        record = outcome_of(
            before, event, running.observation, running.cause, running.why, times.now()
        )
        runs_again = record.condition is TrialCondition.CREATED
        self.board.update(record, forget_metrics=runs_again)
        if runs_again:
            self.stopping.forget(record.trial)
        else:
            self.stopping.remember(record.trial, running.curve)
        self.observer.ended(record)

    def _stop_all(self, cause: StopCause, why: str) -> None:
        if not self._running:
            return
        self.observer.stopping(why, len(self._running))
        asked = self.interruption.times
        for running in self._running.values():
            running.stop(cause, why, self.options.grace_seconds)
        while self._running:
            if self.interruption.times > asked:  # somebody is in a hurry
                asked = self.interruption.times
                for running in self._running.values():
                    running.stop(cause, why, 0.0)
            self._turn()
