"""A run and its trials as plain data, for programs and for tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eegtune.execution import times
from eegtune.execution.best import leading_trial
from eegtune.execution.lock import is_running
from eegtune.execution.records import RunCondition, TrialRecord
from eegtune.execution.store import RunStore


def summarize_run(store: RunStore) -> dict[str, Any]:
    """Return how a run stands.

    The keys are `name`, `status` and `reason` (Katib's words), `message`, `alive` (whether a
    process runs trials now), `trials` (a count for each status), `max_trials`, `parallel`,
    `started`, `finished`, `best` (a row of `summarize_trial`, or None) and `folder`.
    """
    experiment, state, records = store.experiment, store.state, store.trials()
    has_ended = state.condition is not RunCondition.RUNNING
    best = leading_trial(experiment, [each.trial for each in records], has_ended=has_ended)
    by_name = {record.name: record for record in records}
    return {
        "name": experiment.name,
        "status": str(state.condition),
        "reason": state.reason,
        "message": state.message,
        "alive": is_running(store.folder.lock),
        "trials": dict(Counter(str(record.condition) for record in records)),
        "max_trials": experiment.spec.max_trial_count,
        "parallel": experiment.spec.parallel_trial_count,
        "started": _text(state.start_time),
        "finished": _text(state.completion_time),
        "best": summarize_trial(by_name[best.name]) if best else None,
        "folder": str(store.folder.path),
    }


def summarize_trial(record: TrialRecord) -> dict[str, Any]:
    """Return a trial as `{name, status, parameters, metrics, started, finished}`."""
    trial = record.trial
    return {
        "name": trial.name,
        "status": str(trial.condition),
        "parameters": dict(trial.assignments),
        "metrics": dict(trial.metrics),
        "started": _text(trial.start_time),
        "finished": _text(trial.completion_time),
    }


def difference_of(one: TrialRecord, other: TrialRecord) -> list[dict[str, Any]]:
    """Return a row `{name, one, other}` for status, parameters and metrics that differ."""
    left, right = _values(one), _values(other)
    return [
        {"name": name, "one": left.get(name), "other": right.get(name)}
        for name in dict.fromkeys([*left, *right])
        if left.get(name) != right.get(name)
    ]


def _values(record: TrialRecord) -> dict[str, Any]:
    return {
        "status": str(record.condition), **record.trial.assignments, **record.trial.metrics
    }  # fmt: skip


def find_trial(records: Sequence[TrialRecord], name: str) -> TrialRecord:
    """Return the trial of a name, or of the last part of one.

    Raises:
        ValueError: No trial, or more than one, is called so.
    """
    exact = [record for record in records if record.name == name]
    found = exact or [record for record in records if record.name.endswith(f"-{name}")]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"there is no trial {name!r}; `eegtune trials RUN` lists them")
    raise ValueError(f"{name!r} is short for {', '.join(record.name for record in found)}")


def _text(time: datetime | None) -> str | None:
    return None if time is None else times.to_text(time)
