"""What the loop keeps of a trial while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from eegtune.execution.outcome import StopCause
from eegtune.execution.runner import Handle
from eegtune.metrics.observation import Observation, Report, finite_number
from eegtune.metrics.reader import MetricReader


@dataclass(slots=True)
class RunningTrial:
    """A trial that runs.

    Attributes:
        number: The trial's number.
        observation: What it has reported, summed up.
        handle: What stops it; None until the runner has returned it.
        deadline_seconds: How long it may run; None where it may run on.
        deadline: Monotonic seconds after which it is stopped, once its process runs.
        cause: Why it was stopped; None where it was not.
        why: The same in words.
        curve: The objective's finite values so far, for early stopping.
    """

    number: int
    observation: Observation
    handle: Handle | None = None
    deadline_seconds: float | None = None
    deadline: float | None = None
    cause: StopCause | None = None
    why: str = ""
    curve: list[float] = field(default_factory=list)

    def has_started(self) -> None:
        """Note that its process runs now."""
        if self.deadline_seconds is not None:
            self.deadline = time.monotonic() + self.deadline_seconds

    def read(self, lines: Iterable[str], reader: MetricReader) -> list[Report]:
        """Return what lines report, after taking it into account."""
        reports = [report for line in lines for report in reader.read(line)]
        self.observation.add(reports)
        return reports

    def extend_curve(self, report: Report, objective_metric: str) -> bool:
        """Add a report to the curve; say whether it belongs there."""
        value = finite_number(report.text)
        if report.name != objective_metric or value is None:
            return False
        self.curve.append(value)
        return True

    def stop(self, cause: StopCause, why: str, grace_seconds: float) -> None:
        """Stop the trial; a first cause stays."""
        if self.cause is None:
            self.cause, self.why = cause, why
        if self.handle is not None:
            self.handle.stop(grace_seconds)

    @property
    def is_overdue(self) -> bool:
        """Whether its time is over and it has not been stopped yet."""
        return (
            self.deadline is not None and self.cause is None and time.monotonic() >= self.deadline
        )
