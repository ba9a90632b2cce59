"""An Experiment on a cluster, mirrored into a run's folder here.

The folder is one like any other: `eegtune status`, `trials`, `best` and `report` read it, and
the progress view hears the same events as of a run on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eegtune.cluster.katib.client.objects import read_state, read_trial
from eegtune.execution.board import Board
from eegtune.execution.observer import Observer
from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Report
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition

ReadLog = Callable[[str], Sequence[Report]]


class Mirror:
    """Keeps a run's folder as the cluster is."""

    def __init__(
        self, store: RunWriter, experiment: Experiment, observer: Observer, read_log: ReadLog
    ) -> None:
        """Begin, or go on with what the folder has of the same Experiment.

        Args:
            store: The folder's database.
            experiment: The Experiment as it was applied.
            observer: Hears of what changes.
            read_log: Returns all that a trial of a name has reported.
        """
        if not store.has_run:
            store.create_run(experiment, RunState(RunCondition.RUNNING))
        self._store = store
        self._experiment = experiment
        self._observer = observer
        self._read_log = read_log
        self._numbers = {record.name: record.number for record in store.trials()}
        self._known = {record.name: record for record in store.trials()}
        self.board = Board(store, experiment)
        observer.begun(experiment, self.board)

    def take(self, experiment: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> RunState:
        """Take over what the cluster shows, and return how the Experiment stands."""
        ordered = sorted(trials, key=lambda thing: str(thing["metadata"].get("creationTimestamp")))
        for thing in ordered:
            self._take_trial(thing)
        state = read_state(experiment)
        if state != self._store.state:
            self._store.set_state(state)
        return state

    def _take_trial(self, thing: Mapping[str, Any]) -> None:
        name = str(thing["metadata"]["name"])
        number = self._numbers.setdefault(name, len(self._numbers))
        record = read_trial(thing, number, self._experiment.spec.objective)
        known = self._known.get(name)
        if record == known:
            return
        if known is None:
            self.board.add([replace(record, trial=_created(record))], search_exhausted=False)
        self._known[name] = record
        self.board.update(record)
        if record.condition is TrialCondition.RUNNING:
            self._observer.started(record)
        elif record.condition.is_completed:
            self._end(record)

    def _end(self, record: TrialRecord) -> None:
        reports = self._read_log(record.name)
        if reports and not self._store.metric_log(record.name):
            self._store.append_metrics(record.number, reports)
            self._observer.reported(record, reports)
        self._observer.ended(record)


def _created(record: TrialRecord) -> Any:
    return replace(record.trial, condition=TrialCondition.CREATED, metrics={})
