"""Read a run's database, also while another process runs trials and writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

from eegtune.execution import times
from eegtune.execution.closing import Closing
from eegtune.execution.records import (
    MetricPoint,
    RunCondition,
    RunEvent,
    RunState,
    TrialRecord,
)
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.schema import VERSION, version_of
from eegtune.metrics.observation import finite_number
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

BUSY_TIMEOUT_SECONDS = 30.0


class NoRunError(Exception):
    """A folder that should hold a run does not."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: {why}")
        self.folder = folder


class RunStore(Closing):
    """A run's database. Open it with `RunStore.open(folder)`; it closes as a context manager."""

    def __init__(self, folder: RunFolder, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection

    @classmethod
    def open(cls, folder: Path | str, *, read_only: bool = True) -> Self:
        """Open the database of an existing run.

        Args:
            folder: The run's folder.
            read_only: Whether nothing may be written; also opens runs in read-only folders.

        Raises:
            NoRunError: There is no run in the folder, or not one that this eegtune can read.
        """
        run_folder = RunFolder(Path(folder))
        if not run_folder.database.is_file():
            raise NoRunError(run_folder.path, "there is no run here (no run.db)")
        try:
            connection = _connect(run_folder.database, read_only=read_only)
            version = version_of(connection)
            if version:
                connection.execute("SELECT 1 FROM run")  # fails where the table is lost
        except sqlite3.Error as error:
            raise NoRunError(run_folder.path, f"run.db cannot be read: {error}") from error
        if read_only and version == 0:
            connection.close()
            raise NoRunError(run_folder.path, "run.db is empty: no run was begun, or it is lost")
        if read_only and not 1 <= version <= VERSION:
            connection.close()
            raise NoRunError(
                run_folder.path, f"run.db has version {version}, this eegtune reads 1 to {VERSION}"
            )
        return cls(run_folder, connection)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @property
    def experiment(self) -> Experiment:
        """The Experiment as it is run, with the counts that are in force."""
        row = self._connection.execute("SELECT experiment FROM run").fetchone()
        if row is None:
            raise NoRunError(self.folder.path, "run.db holds no Experiment")
        return Experiment.model_validate(json.loads(row[0]))

    @property
    def state(self) -> RunState:
        """How the run stands."""
        row = self._connection.execute(
            "SELECT condition, reason, message, start_time, completion_time, search_exhausted, "
            "paused FROM run"
        ).fetchone()
        if row is None:
            raise NoRunError(self.folder.path, "run.db holds no Experiment")
        return RunState(
            RunCondition(row[0]),
            row[1],
            row[2],
            times.from_text(row[3]),
            times.from_text(row[4]),
            bool(row[5]),
            bool(row[6]),
        )

    def trials(self, first: int = 0) -> list[TrialRecord]:
        """Return all trials, or those from a number on, in the order of their numbers."""
        rows = self._connection.execute(
            f"{_SELECT_TRIAL} WHERE number >= ? ORDER BY number", (first,)
        )
        return [_record(row) for row in rows]

    def trial(self, name: str) -> TrialRecord:
        """Return one trial.

        Raises:
            KeyError: There is no trial of this name.
        """
        row = self._connection.execute(f"{_SELECT_TRIAL} WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return _record(row)

    def metric_log(self, trial_name: str) -> list[MetricPoint]:
        """Return all that a trial reported, in the order of its lines; also while it runs."""
        rows = self._connection.execute(
            "SELECT metric_log.name, value, time FROM metric_log "
            "JOIN trial ON trial.number = metric_log.trial WHERE trial.name = ? "
            "ORDER BY metric_log.id",
            (trial_name,),
        )
        return list(_points(rows))

    def events(self, kind: str) -> list[RunEvent]:
        """Return what `append_event` has kept of a kind, oldest first."""
        rows = self._connection.execute(
            "SELECT time, kind, detail FROM event WHERE kind = ? ORDER BY id", (kind,)
        )
        return [RunEvent(_time(row[0]), row[1], json.loads(row[2])) for row in rows]

    def append_event(self, kind: str, **detail: object) -> None:
        """Remember that something happened, such as a use of the test data; committed at once.

        Needs `read_only=False`; works while another process runs trials.
        """
        self._insert_event(kind, detail)
        self._connection.commit()

    def _insert_event(self, kind: str, detail: Mapping[str, object]) -> None:
        self._connection.execute(
            "INSERT INTO event (time, kind, detail) VALUES (?, ?, ?)",
            (times.to_text(times.now()), kind, json.dumps(detail)),
        )


_SELECT_TRIAL = (
    "SELECT name, assignments, condition, metrics, labels, start_time, completion_time, "
    "number, attempt, reason, message, exit_code, signal, cause FROM trial"
)


def _record(row: tuple[str, ...]) -> TrialRecord:
    name, assignments, condition, metrics, labels, start, completion, *rest = row
    trial = Trial(
        name=name,
        assignments=json.loads(assignments),
        condition=TrialCondition(condition),
        metrics=json.loads(metrics),
        labels=json.loads(labels),
        start_time=times.from_text(start),
        completion_time=times.from_text(completion),
    )
    number, attempt, reason, message, exit_code, signal, cause = rest
    return TrialRecord(
        trial,
        int(number),
        int(attempt),
        reason,
        message,
        None if exit_code is None else int(exit_code),
        None if signal is None else int(signal),
        cause,
    )


def _points(rows: sqlite3.Cursor) -> Iterator[MetricPoint]:
    reports: dict[str, int] = {}
    for name, text, time in rows:
        reports[name] = reports.get(name, 0) + 1
        yield MetricPoint(name, finite_number(text), text, times.from_text(time), reports[name])


def _time(text: str) -> datetime:
    time = times.from_text(text)
    assert time is not None
    return time


def _connect(database: Path, *, read_only: bool) -> sqlite3.Connection:
    if not read_only:
        return sqlite3.connect(database, timeout=BUSY_TIMEOUT_SECONDS)
    address = database.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # WAL needs its index file beside the database; a folder that cannot be written has no
        # writer either, so what is there may be read as it is.
        connection.close()
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True)
    return connection
