"""A trial as search, stopping, execution and report see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TrialCondition(StrEnum):
    """The state of a trial, in Katib's words."""

    CREATED = "Created"
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    KILLED = "Killed"
    EARLY_STOPPED = "EarlyStopped"
    METRICS_UNAVAILABLE = "MetricsUnavailable"

    @property
    def is_completed(self) -> bool:
        """Whether nothing more will happen to the trial."""
        return self not in _ACTIVE


_ACTIVE = (TrialCondition.CREATED, TrialCondition.PENDING, TrialCondition.RUNNING)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of an Experiment.

    Attributes:
        name: The trial's name, unique within the Experiment.
        assignments: The value of every searched parameter, as text.
        condition: Where the trial stands.
        metrics: One finite number per metric, chosen by the metric's strategy; metrics that
            were not reported, or not as finite numbers, are absent.
        labels: What the search wants to remember beside the values.
        start_time: When the trial started; None while it has not, or where it is not known.
        completion_time: When it ended.
    """

    name: str
    assignments: Mapping[str, str]
    condition: TrialCondition
    metrics: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    start_time: datetime | None = None
    completion_time: datetime | None = None
