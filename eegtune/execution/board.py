"""All trials of a run, in memory and in the database: first committed, then true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eegtune.execution.best import objective_value
from eegtune.execution.outcome import requeued
from eegtune.execution.records import TrialRecord
from eegtune.execution.verdict import Tally
from eegtune.execution.writer import RunWriter, is_in_flight
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition


class Board:
    """The trials of a run, with what is often asked of them at hand."""

    def __init__(self, store: RunWriter, experiment: Experiment) -> None:
        self._store = store
        self._experiment = experiment
        self._records: list[TrialRecord] = []
        self._history: list[Trial] = []
        self.names: set[str] = set()
        self.issued = 0  # suggestions of the search, ever
        self.tally = Tally()
        self.best: TrialRecord | None = None
        self.best_value: float | None = None
        for record in store.trials():
            self._take(record)
        for record in filter(is_in_flight, list(self._records)):
            again = requeued(record, "the run was interrupted")
            self.update(again, forget_metrics=True)

    @property
    def history(self) -> Sequence[Trial]:
        """All trials in the order of their numbers, as the search sees them."""
        return self._history

    def waiting(self) -> list[TrialRecord]:
        """Return the trials that have not been started, or are to be run again."""
        if not self.tally[TrialCondition.CREATED]:
            return []
        return [each for each in self._records if each.condition is TrialCondition.CREATED]

    def record(self, number: int) -> TrialRecord:
        """Return a trial as it stands."""
        return self._records[number]

    def records(self) -> Sequence[TrialRecord]:
        """Return all trials in the order of their numbers."""
        return self._records

    def add(self, records: Sequence[TrialRecord], *, search_exhausted: bool) -> None:
        """Commit new trials."""
        self._store.add_trials(records, search_exhausted=search_exhausted)
        self.adopt(records)

    def adopt(self, records: Iterable[TrialRecord]) -> None:
        """Take in trials that are in the database already."""
        for record in records:
            self._take(record)

    def update(self, record: TrialRecord, *, forget_metrics: bool = False) -> None:
        """Commit a trial's transition."""
        self._store.update_trial(record, forget_metrics=forget_metrics)
        before = self._records[record.number]
        self._records[record.number] = record
        self._history[record.number] = record.trial
        self.tally.move(before.condition, record.condition)
        self._compare(record)

    def _take(self, record: TrialRecord) -> None:
        assert record.number == len(self._records)
        self._records.append(record)
        self._history.append(record.trial)
        self.names.add(record.name)
        self.issued += record.cause == "search"
        self.tally.move(None, record.condition)
        self._compare(record)

    def _compare(self, record: TrialRecord) -> None:
        value = objective_value(self._experiment, record.trial)
        if value is None:
            return
        objective = self._experiment.spec.objective
        if self.best_value is None or objective.is_better(value, self.best_value):
            self.best, self.best_value = record, value
