"""From all that a trial reported to one number a metric, by Katib's strategies.

As in Katib, `min` and `max` look at the values that are numbers, and `latest` takes the value
with the greatest time, of equal times the later line. Lines without a time stand at Katib's zero
time, before all others.

Different on purpose: Katib keeps values that are not numbers (its default filter turns
`loss=nan` into an empty text, JSON may hold a literal `nan`), and such a trial can become its
best one and reach the goal. Here only finite numbers are numbers: where a strategy ends at
something else, the trial has no value of that metric, and without a value of the objective it
is MetricsUnavailable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from eegtune.spec.experiment import Objective, Strategy

ZERO_TIME = datetime.min.replace(tzinfo=UTC)


class Report(NamedTuple):
    """One value of one metric as a line gave it.

    Attributes:
        name: The metric's name.
        text: The value as Katib would store it; not always a number.
        time: The line's own time; None where it had none.
    """

    name: str
    text: str
    time: datetime | None = None


def finite_number(text: str) -> float | None:
    """Return the finite number that a text is, None where it is not one.

    >>> finite_number("1e-3"), finite_number("nan"), finite_number(""), finite_number("-")
    (0.001, None, None, None)
    """
    if "_" in text:  # Python reads 1_000, Katib (Go) does not
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(slots=True)
class MetricSummary:
    """What is known of one metric of one trial so far; grows by one report at a time."""

    reports: int = 0
    lowest: float | None = None
    highest: float | None = None
    latest: str | None = None
    latest_time: datetime = ZERO_TIME

    def add(self, report: Report) -> None:
        """Take one more report into account."""
        self.reports += 1
        time = report.time or ZERO_TIME
        if time >= self.latest_time:
            self.latest, self.latest_time = report.text, time
        number = finite_number(report.text)
        if number is None:
            return
        if self.lowest is None or number < self.lowest:
            self.lowest = number
        if self.highest is None or number > self.highest:
            self.highest = number

    def value(self, strategy: Strategy) -> float | None:
        """Return the metric's one number; None where there is none."""
        if strategy == "latest":
            return None if self.latest is None else finite_number(self.latest)
        return self.lowest if strategy == "min" else self.highest


class Observation:
    """What one trial has reported, metric by metric, in constant memory."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._summaries = {name: MetricSummary() for name in objective.metric_names}

    def add(self, reports: Iterable[Report]) -> None:
        """Take more reports into account; those of metrics nobody asked for are ignored."""
        for report in reports:
            summary = self._summaries.get(report.name)
            if summary is not None:
                summary.add(report)

    @property
    def metrics(self) -> dict[str, float]:
        """One number a metric; empty where the objective has none, as in Katib."""
        if self.value_of(self._objective.objective_metric_name) is None:
            return {}
        values = {name: self.value_of(name) for name in self._summaries}
        return {name: value for name, value in values.items() if value is not None}

    def value_of(self, metric: str) -> float | None:
        """Return the number of one metric by its strategy; None where there is none."""
        return self._summaries[metric].value(self._objective.strategy_of(metric))

    def why_unavailable(self) -> str:
        """Say what is wrong with the objective's reports, given that it has no number."""
        name = self._objective.objective_metric_name
        summary = self._summaries[name]
        if not summary.reports:
            return f"the trial printed no line with {name}=VALUE"
        return f"the trial printed {name}, but its last value is not a finite number"
