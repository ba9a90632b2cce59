"""The loop that runs an Experiment's trials: one consumer of events, which alone decides.

As in Katib it is asynchronous: as soon as a trial has ended, the search is asked for one more.
When a run ends, and in which order that is judged, is in `eegtune.execution.verdict` with what
differs from Katib on purpose. Every transition is committed before it is acted on: a trial is
written down before it starts, its end before the next suggestion.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from queue import Empty
from typing import NamedTuple

from eegtune.execution.board import Board
from eegtune.execution.early_stopping import EarlyStopping
from eegtune.execution.events import Ended, Event, EventQueue, Execution, Lines, Started
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
from eegtune.execution.source import TrialSource
from eegtune.execution.times import Clock
from eegtune.execution.verdict import Verdict, room_for_new_trials, verdict_of
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Observation, Report, finite_number
from eegtune.metrics.reader import MetricFormatError, MetricReader, metric_reader
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import EXPERIMENT_LABEL, TRIAL_LABEL, RenderError, render_trial
from eegtune.spec.trial import Trial, TrialCondition

_TICK_SECONDS = 0.1
_MOST_EVENTS_TOGETHER = 256


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
        strict_katib: Whether Katib's own choices hold where ours differ on purpose (see
            `eegtune.execution.verdict`).
    """

    timeout_seconds: float | None = None
    grace_seconds: float = 10.0
    prior: tuple[Trial, ...] = ()
    strict_katib: bool = False


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
    source: TrialSource
    observer: Observer
    stopping: EarlyStopping
    interruption: Interruption = field(default_factory=Interruption)
    options: LoopOptions = field(default_factory=LoopOptions)
    paused: bool = False
    clock: Clock = field(default_factory=Clock)
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
                if self.options.strict_katib:
                    self._wait_for_all()
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
            search_exhausted=self.source.exhausted,
        )

    def _fill(self) -> None:
        fit = self.runner.trials_at_once
        at_once = self.experiment.spec.parallel_trial_count
        at_once = at_once if fit is None else min(at_once, fit)
        for record in self.board.waiting():
            if len(self._running) >= at_once:
                return
            self._start(record)
        spec, strict = self.experiment.spec, self.options.strict_katib
        room = room_for_new_trials(spec, self.board.tally, at_once, strict_katib=strict)
        if room and not self.source.exhausted:
            for record in self.source.new_trials(self.experiment, room):
                self._start(record)

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

    def _start(self, record: TrialRecord) -> None:
        record = started(record, self.clock.now())
        self.board.update(record)
        execution = Execution(record.name, record.attempt)
        running = RunningTrial(record.number, Observation(self.experiment.spec.objective))
        try:
            task = self._task(record, execution)
        except RenderError as error:
            record = could_not_start(record, str(error), self.clock.now())
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
        """Wait a moment for something to happen and deal with it."""
        lines, event = self._next_events()
        if lines:
            with self.store.transaction():  # one for all that has been waiting
                for each in lines:
                    self._handle(each)
        if event is not None:
            self._handle(event)
        for running in self._running.values():
            if running.is_overdue:
                why = "it ran longer than the template's activeDeadlineSeconds"
                running.stop(StopCause.DEADLINE, why, self.options.grace_seconds)

    def _next_events(self) -> tuple[list[Lines], Event | None]:
        """Return the lines that wait, and what came after them.

        A trial that flushes each of its lines would else make each of them a transaction.
        """
        lines: list[Lines] = []
        try:
            event = self.events.get(timeout=_TICK_SECONDS)
            while isinstance(event, Lines):
                lines.append(event)
                if len(lines) == _MOST_EVENTS_TOGETHER:
                    return lines, None
                event = self.events.get_nowait()
        except Empty:
            return lines, None
        return lines, event

    def _handle(self, event: Event) -> None:
        running = self._running.get(event.execution)
        if running is None:
            return
        if isinstance(event, Started):
            running.has_started()
            record = begun(self.board.record(running.number), self.clock.now())
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
        if self._would_break_katib(reports):
            why = "a value that is no number ends Katib's collector where trials may stop early"
            running.stop(StopCause.UNREADABLE, why, self.options.grace_seconds)
        if self.stopping.is_active and running.cause is None:
            self._judge(record, running, reports)

    def _would_break_katib(self, reports: list[Report]) -> bool:
        if not (self.options.strict_katib and self.stopping.is_active):
            return False
        metric = self.experiment.spec.objective.objective_metric_name
        return any(each.name == metric and finite_number(each.text) is None for each in reports)

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
            before, event, running.observation, running.cause, running.why, self.clock.now()
        )
        runs_again = record.condition is TrialCondition.CREATED
        self.board.update(record, forget_metrics=runs_again)
        if runs_again:
            self.stopping.forget(record.trial)
        else:
            self.stopping.remember(record.trial, running.curve)
        self.observer.ended(record)

    def _wait_for_all(self) -> None:
        while self._running and not self.interruption.times:
            self._turn()

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
