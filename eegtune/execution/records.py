"""What a run keeps: trials with how they ended, metric points, events, and the run's own state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from eegtune.spec.trial import Trial, TrialCondition


class RunCondition(StrEnum):
    """The state of a run, in Katib's words for an Experiment."""

    CREATED = "Created"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class RunState:
    """How a run stands.

    Attributes:
        condition: Katib's word. A run that was interrupted stays Running: it can go on.
        reason: Katib's reason, such as ExperimentMaxTrialsReached; empty while it runs.
        message: The same as a sentence.
        start_time: When it was first started.
        completion_time: When it ended; None while it has not.
        search_exhausted: Whether the search has said that it has nothing more to suggest.
        paused: Whether no new trials shall start for now.
    """

    condition: RunCondition
    reason: str = ""
    message: str = ""
    start_time: datetime | None = None
    completion_time: datetime | None = None
    search_exhausted: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial and what execution knows of it beside what search and report need.

    Attributes:
        trial: The trial as every part of eegtune sees it.
        number: Its position in the run, from 0.
        attempt: How often it was started; more than one after an interruption.
        reason: Katib's reason for its condition, such as TrialFailed.
        message: Why, as a sentence; for a failed trial with the last lines that it wrote.
        exit_code: The code its process ended with; None while it runs or where a signal ended it.
        signal: The number of the signal that ended its process; None where none did.
        cause: Who added the trial: `search`, or `user` for an enqueued one.
    """

    trial: Trial
    number: int
    attempt: int = 0
    reason: str = "TrialCreated"
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    cause: str = "search"

    @property
    def name(self) -> str:
        """The trial's name."""
        return self.trial.name

    @property
    def condition(self) -> TrialCondition:
        """The trial's condition."""
        return self.trial.condition

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from start to end; None while the trial has not ended."""
        if self.trial.start_time is None or self.trial.completion_time is None:
            return None
        return (self.trial.completion_time - self.trial.start_time).total_seconds()


class MetricPoint(NamedTuple):
    """One value of one metric that a trial reported.

    Attributes:
        name: The metric's name.
        value: The finite number; None where the text is not one.
        text: The value as Katib would store it.
        time: The line's own time (with zone); None where the line had none.
        report: 1 for the trial's first report of this metric, 2 for the second, and so on.
    """

    name: str
    value: float | None
    text: str
    time: datetime | None
    report: int


class RunEvent(NamedTuple):
    """Something that happened to a run and is worth remembering."""

    time: datetime
    kind: str
    detail: Mapping[str, object]
