"""What becomes of a trial when its process has ended."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from eegtune.execution.events import Ended
from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import Observation
from eegtune.spec.trial import TrialCondition

MOST_ATTEMPTS_AFTER_LOSSES = 4


class StopCause(StrEnum):
    """Why the loop stopped a trial."""

    RUN_ENDED = "the run ended"
    RUN_INTERRUPTED = "the run was interrupted"
    EARLY = "early stopping"
    DEADLINE = "activeDeadlineSeconds"
    UNREADABLE = "its metrics could not be read"


def outcome_of(
    record: TrialRecord,
    ended: Ended,
    observation: Observation,
    cause: StopCause | None,
    why: str,
    time: datetime,
) -> TrialRecord:
    """Return the trial as it is after its end.

    Args:
        record: The trial as it ran.
        ended: How its process ended.
        observation: What it reported.
        cause: Why it was stopped; None where it was not.
        why: The same in words, for a person.
        time: The present time.
    """
    if cause is StopCause.RUN_INTERRUPTED or _is_to_run_again(record, ended, cause):
        return requeued(record, str(cause or ended.message))
    record = replace(record, exit_code=ended.exit_code, signal=ended.signal)
    if cause is StopCause.EARLY:
        return _ended(record, TrialCondition.EARLY_STOPPED, "TrialEarlyStopped", why, time,
                      observation)  # fmt: skip
    if cause is StopCause.RUN_ENDED:
        return _ended(record, TrialCondition.KILLED, "TrialKilled", why or str(cause), time)
    if cause is not None or ended.exit_code != 0:
        message = why if cause else _describe(ended)
        return _ended(record, TrialCondition.FAILED, "TrialFailed", message, time)
    if not observation.metrics:
        return _ended(record, TrialCondition.METRICS_UNAVAILABLE, "MetricsUnavailable",
                      observation.why_unavailable(), time)  # fmt: skip
    return _ended(record, TrialCondition.SUCCEEDED, "TrialSucceeded", "", time, observation)


def requeued(record: TrialRecord, why: str) -> TrialRecord:
    """Return a trial that waits to be run again from its start."""
    trial = replace(
        record.trial, condition=TrialCondition.CREATED, start_time=None, metrics={},
        completion_time=None,
    )  # fmt: skip
    return replace(
        record, trial=trial, reason="TrialCreated", message=f"to be run again: {why}",
        exit_code=None, signal=None,
    )  # fmt: skip


def started(record: TrialRecord, time: datetime) -> TrialRecord:
    """Return a trial that is about to run."""
    trial = replace(record.trial, condition=TrialCondition.RUNNING, start_time=time)
    return replace(
        record, trial=trial, attempt=record.attempt + 1, reason="TrialRunning", message=""
    )


def begun(record: TrialRecord, time: datetime) -> TrialRecord:
    """Return a trial whose process has begun; it may have waited for the runner before."""
    return replace(record, trial=replace(record.trial, start_time=time))


def could_not_start(record: TrialRecord, why: str, time: datetime) -> TrialRecord:
    """Return a trial whose template does not take its values."""
    return _ended(record, TrialCondition.FAILED, "TrialFailed", why, time)


def _is_to_run_again(record: TrialRecord, ended: Ended, cause: StopCause | None) -> bool:
    return ended.lost and cause is None and record.attempt < MOST_ATTEMPTS_AFTER_LOSSES


def _ended(
    record: TrialRecord,
    condition: TrialCondition,
    reason: str,
    message: str,
    time: datetime,
    observation: Observation | None = None,
) -> TrialRecord:
    trial = replace(
        record.trial, condition=condition, completion_time=time,
        metrics=observation.metrics if observation else {},
    )  # fmt: skip
    return replace(record, trial=trial, reason=reason, message=message)


def _describe(ended: Ended) -> str:
    if ended.signal is not None:
        how = f"killed by signal {ended.signal} ({_signal_name(ended.signal)})"
    elif ended.exit_code is not None:
        how = f"exit code {ended.exit_code}"
    else:
        how = "it could not run"
    if ended.cause:
        how = f"{ended.cause}, {how}"
    lines = ended.message.splitlines()
    if not lines:
        return how
    # The last line says what happened; those before it stand below, for whoever wants more.
    return "\n".join([f"{how}: {lines[-1].strip()}", *lines[:-1]])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
