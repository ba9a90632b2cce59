"""Check a run's folder and mend what can be mended without losing anything."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from eegtune.execution.outcome import requeued
from eegtune.execution.records import RunCondition, TrialRecord
from eegtune.execution.writer import RunWriter, is_in_flight
from eegtune.metrics.observation import Observation, Report
from eegtune.spec.trial import TrialCondition

_SHOWN = 5


class Problem(NamedTuple):
    """Something that is wrong with a run.

    Attributes:
        what: What is wrong.
        remedy: What mends it.
        is_mended: Whether it has been mended.
    """

    what: str
    remedy: str
    is_mended: bool = False


def check_run(store: RunWriter, *, mend: bool) -> list[Problem]:
    """Return what is wrong with a run that nobody is running.

    Args:
        store: The run.
        mend: Whether to mend what can be mended: trials that were running are put back,
            observations are computed again from the metric log.
    """
    problems = list(_database(store))
    if problems:
        return problems  # nothing else can be relied on
    records = store.trials()
    problems += _numbers(records)
    problems += _in_flight(store, records, mend)
    problems += _observations(store, records, mend)
    problems += _logs(store, records)
    problems += _state(store)
    return problems


def _database(store: RunWriter) -> Iterator[Problem]:
    remedy = "copy the folder, then try `sqlite3 run.db .recover`"
    try:
        for text in store.integrity_errors():
            yield Problem(f"run.db is damaged: {text}", remedy)
    except sqlite3.DatabaseError as error:
        yield Problem(f"run.db is damaged: {error}", remedy)


def _numbers(records: list[TrialRecord]) -> Iterator[Problem]:
    if [record.number for record in records] != list(range(len(records))):
        yield Problem("numbers of trials are missing", "start anew with --fresh")


def _in_flight(store: RunWriter, records: list[TrialRecord], mend: bool) -> Iterator[Problem]:
    for record in filter(is_in_flight, records):
        if mend:
            again = requeued(record, "the run was interrupted")
            store.update_trial(again, forget_metrics=True)
        remedy = "put back, to be run again"
        yield Problem(f"{record.name} is {record.condition}, but nobody runs it", remedy, mend)


def _observations(store: RunWriter, records: list[TrialRecord], mend: bool) -> Iterator[Problem]:
    objective = store.experiment.spec.objective
    for record in records:
        if record.condition is not TrialCondition.SUCCEEDED:
            continue
        observation = Observation(objective)
        observation.add(
            Report(point.name, point.text, point.time) for point in store.metric_log(record.name)
        )
        if _same(observation.metrics, dict(record.trial.metrics)):
            continue
        if mend and observation.metrics:
            store.set_metrics(record.number, observation.metrics)
        yield Problem(
            f"{record.name} has metrics that its log does not give",
            "computed again from the log", mend and bool(observation.metrics),
        )  # fmt: skip


def _same(one: dict[str, float], other: dict[str, float]) -> bool:
    return one.keys() == other.keys() and all(math.isclose(one[key], other[key]) for key in one)


def _logs(store: RunWriter, records: list[TrialRecord]) -> Iterator[Problem]:
    missing = [
        record.name
        for record in records
        if record.exit_code is not None and not store.folder.trial(record.name).stdout.exists()
    ]
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        yield Problem(f"the output of {len(missing)} trials is gone: {shown}", "nothing can")


def _state(store: RunWriter) -> Iterator[Problem]:
    state = store.state
    ended = state.condition in (RunCondition.SUCCEEDED, RunCondition.FAILED)
    if ended and state.completion_time is None:
        yield Problem("the run has ended at no time", "give `eegtune run` again")
