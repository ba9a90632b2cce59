"""Why trials failed, in the few words under which failures are counted."""

from __future__ import annotations

import re
import signal
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from eegtune.execution.records import TrialRecord
from eegtune.spec.trial import TrialCondition

_OUT_OF_MEMORY = re.compile(
    r"out of memory|OutOfMemory|OOMKilled|MemoryError|cannot allocate memory", re.IGNORECASE
)
_DEADLINE = re.compile(r"activeDeadlineSeconds|DeadlineExceeded", re.IGNORECASE)
_DISK = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)
_EXCEPTION = re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Exit|Warning))\b", re.M)
_NOT_FINITE = re.compile(r"\bnan\b|not finite|no finite|infinite loss|loss is inf", re.IGNORECASE)


class Cause(NamedTuple):
    """A cause of failures.

    Attributes:
        name: What went wrong.
        numbers: The trials that it ended.
        example: The first line of what one of them said.
    """

    name: str
    numbers: tuple[int, ...]
    example: str


def failure_causes(failed: Sequence[TrialRecord]) -> tuple[Cause, ...]:
    """Return why trials failed, the commonest cause first."""
    by_cause: dict[str, list[TrialRecord]] = defaultdict(list)
    for record in failed:
        by_cause[cause_of(record)].append(record)
    causes = [
        Cause(name, tuple(record.number for record in records), _first_line(records[0]))
        for name, records in by_cause.items()
    ]
    return tuple(sorted(causes, key=lambda cause: (-len(cause.numbers), cause.name)))


def cause_of(record: TrialRecord) -> str:
    """Return the cause of one failure: what it said, else how it ended."""
    text = record.message
    if record.condition is TrialCondition.KILLED:
        return "stopped with the run"
    for name, form in (
        ("out of memory", _OUT_OF_MEMORY),
        ("deadline", _DEADLINE),
        ("disk full", _DISK),
        ("values not finite", _NOT_FINITE),
    ):
        if form.search(text):
            return name
    if record.condition is TrialCondition.METRICS_UNAVAILABLE:
        return "no metrics"
    exceptions = _EXCEPTION.findall(text)
    if exceptions:
        return str(exceptions[-1])
    if record.signal is not None:
        return _signal_name(record.signal)
    if record.exit_code is not None:
        return f"exit code {record.exit_code}"
    return "unknown"


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{name} (often: out of memory)" if name == "SIGKILL" else name


def _first_line(record: TrialRecord) -> str:
    lines = record.message.strip().splitlines()
    return lines[0][:300] if lines else record.condition.value
