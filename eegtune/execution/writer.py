"""Write a run's database: every transition is one committed transaction.

Commits reach the disk (`synchronous = FULL`) before anyone acts on them. Transactions of other
processes (`eegtune scale`, `enqueue`) come in between; `changes_of_others` says when.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from eegtune.execution import times
from eegtune.execution.records import RunState, TrialRecord
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.schema import migrate
from eegtune.execution.store import BUSY_TIMEOUT_SECONDS, NoRunError, RunStore
from eegtune.metrics.observation import Report
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition


class RunWriter(RunStore):
    """The database of the process that runs the trials (and of commands that change a run)."""

    @classmethod
    def open_writable(cls, folder: Path | str) -> Self:
        """Open the database of a folder, making or migrating its tables.

        Raises:
            NoRunError: The database cannot be written, or a newer eegtune has written it.
        """
        run_folder = RunFolder(Path(folder))
        try:
            connection = sqlite3.connect(
                run_folder.database, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
        except sqlite3.Error as error:
            raise NoRunError(run_folder.path, f"run.db cannot be written: {error}") from error
        except ValueError as error:
            raise NoRunError(run_folder.path, str(error)) from error
        return cls(run_folder, connection)

    @property
    def has_run(self) -> bool:
        """Whether an Experiment was ever run here."""
        return self._connection.execute("SELECT 1 FROM run").fetchone() is not None

    def create_run(self, experiment: Experiment, state: RunState) -> None:
        """Write down the Experiment of a new run."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO run (id, experiment, condition) VALUES (1, ?, ?)",
                (_experiment_text(experiment), state.condition),
            )
            self._set_state(state)

    def set_experiment(self, experiment: Experiment) -> None:
        """Replace the Experiment, whose editable counts have changed."""
        with self.transaction():
            text = _experiment_text(experiment)
            self._connection.execute("UPDATE run SET experiment = ?", (text,))

    @property
    def given_counts(self) -> dict[str, int | None]:
        """The editable counts as the last `eegtune run` got them."""
        row = self._connection.execute("SELECT given_counts FROM run").fetchone()
        return dict(json.loads(row[0]))

    def set_given_counts(self, counts: Mapping[str, int | None]) -> None:
        """Write down the editable counts as `eegtune run` got them."""
        with self.transaction():
            self._connection.execute("UPDATE run SET given_counts = ?", (json.dumps(counts),))

    def set_paused(self, paused: bool) -> None:
        """Let no new trials start, or let them start again."""
        with self.transaction():
            self._connection.execute("UPDATE run SET paused = ?", (int(paused),))

    def set_state(self, state: RunState) -> None:
        """Write down how the run stands (a pause is `set_paused`'s)."""
        with self.transaction():
            self._set_state(state)

    def add_trials(self, records: Iterable[TrialRecord], *, search_exhausted: bool) -> None:
        """Write down new trials, before any of them starts, and whether there may be more."""
        with self.transaction():
            for record in records:
                self._connection.execute(
                    f"INSERT INTO trial ({_COLUMNS}) VALUES ({_PLACES})", _row(record)
                )
            if search_exhausted:
                self._connection.execute("UPDATE run SET search_exhausted = 1")

    def update_trial(self, record: TrialRecord, *, forget_metrics: bool = False) -> None:
        """Write down a trial's transition.

        Args:
            record: The trial as it is now.
            forget_metrics: Whether what it reported goes, because it is run again.
        """
        with self.transaction():
            self._update(record)
            if forget_metrics:
                self._connection.execute(
                    "DELETE FROM metric_log WHERE trial = ?", (record.number,)
                )

    def set_metrics(self, number: int, metrics: Mapping[str, float]) -> None:
        """Replace a trial's observation."""
        with self.transaction():
            self._connection.execute(
                "UPDATE trial SET metrics = ? WHERE number = ?",
                (json.dumps(dict(metrics)), number),
            )

    def integrity_errors(self) -> list[str]:
        """Return what SQLite finds wrong with the database file; empty where nothing is."""
        rows = self._connection.execute("PRAGMA integrity_check").fetchall()
        errors = [str(row[0]) for row in rows if row[0] != "ok"]
        orphans = self._connection.execute("PRAGMA foreign_key_check").fetchall()
        return errors + [f"rows of {row[0]} belong to no trial" for row in orphans[:1]]

    def append_metrics(self, number: int, reports: Sequence[Report]) -> None:
        """Write down what a trial has reported."""
        with self.transaction():
            self._connection.executemany(
                "INSERT INTO metric_log (trial, name, value, time) VALUES (?, ?, ?, ?)",
                (
                    (number, each.name, each.text, each.time and times.to_text(each.time))
                    for each in reports
                ),
            )

    def append_event(self, kind: str, **detail: object) -> None:
        """Remember that something happened, together with what else the transaction holds."""
        with self.transaction():
            self._insert_event(kind, detail)

    def changes_of_others(self) -> int:
        """Return a number that changes whenever another process has committed something."""
        row = self._connection.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written inside, or nothing of it."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _set_state(self, state: RunState) -> None:
        self._connection.execute(
            "UPDATE run SET condition = ?, reason = ?, message = ?, start_time = ?, "
            "completion_time = ?, search_exhausted = ?",
            (
                state.condition,
                state.reason,
                state.message,
                state.start_time and times.to_text(state.start_time),
                state.completion_time and times.to_text(state.completion_time),
                int(state.search_exhausted),
            ),
        )

    def _update(self, record: TrialRecord) -> None:
        number, *values = _row(record)
        changes = ", ".join(f"{column} = ?" for column in _COLUMN_NAMES[1:])
        self._connection.execute(f"UPDATE trial SET {changes} WHERE number = ?", (*values, number))


_COLUMN_NAMES = (
    "number", "name", "assignments", "labels", "condition", "reason", "message", "cause",
    "attempt", "exit_code", "signal", "start_time", "completion_time", "metrics",
)  # fmt: skip
_COLUMNS = ", ".join(_COLUMN_NAMES)
_PLACES = ", ".join("?" * len(_COLUMN_NAMES))


def _row(record: TrialRecord) -> tuple[object, ...]:
    trial = record.trial
    return (
        record.number,
        trial.name,
        json.dumps(dict(trial.assignments)),
        json.dumps(dict(trial.labels)),
        trial.condition,
        record.reason,
        record.message,
        record.cause,
        record.attempt,
        record.exit_code,
        record.signal,
        trial.start_time and times.to_text(trial.start_time),
        trial.completion_time and times.to_text(trial.completion_time),
        json.dumps(dict(trial.metrics)),
    )


def _experiment_text(experiment: Experiment) -> str:
    return json.dumps(experiment.to_dict())


def is_in_flight(record: TrialRecord) -> bool:
    """Whether a trial was started and has not ended."""
    return not record.condition.is_completed and record.condition is not TrialCondition.CREATED


def sync_folder(path: Path) -> None:
    """Make a folder's new entries survive a power failure, where the system can."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
