"""What runners tell the loop. Events of one execution come in order; the last is `Ended`."""

from __future__ import annotations

from queue import Queue
from typing import NamedTuple, TypeAlias

MOST_WAITING_EVENTS = 256


class Execution(NamedTuple):
    """One attempt to run one trial."""

    trial: str
    attempt: int


class Started(NamedTuple):
    """The trial's process, container or pod runs."""

    execution: Execution


class Lines(NamedTuple):
    """Lines that may hold metrics, in the order in which they were written."""

    execution: Execution
    lines: tuple[str, ...]


class Ended(NamedTuple):
    """Nothing of the trial runs any more.

    Attributes:
        execution: Which attempt.
        exit_code: What its process returned; None where a signal ended it or none ran.
        signal: The signal that ended it.
        message: The last lines that it wrote, or why it could not run.
        lost: Whether what ran the trial broke, so that the trial is not to blame.
        cause: Why it was ended from outside, where that is known (out of memory).
    """

    execution: Execution
    exit_code: int | None = None
    signal: int | None = None
    message: str = ""
    lost: bool = False
    cause: str = ""


Event: TypeAlias = Started | Lines | Ended
EventQueue: TypeAlias = "Queue[Event]"


def event_queue() -> EventQueue:
    """Return a queue that makes runners wait, and trials with them, when the loop is behind."""
    return Queue(MOST_WAITING_EVENTS)
