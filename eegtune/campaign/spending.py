"""What trials have cost: how many there were, and for how long any of them ran."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from eegtune.spec.trial import Trial


class Spent(NamedTuple):
    """Trials and seconds; None where there is no limit.

    Attributes:
        trials: Trials.
        seconds: Seconds in which at least one trial ran.
    """

    trials: int | None
    seconds: float | None

    def plus(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            (self.trials or 0) + (other.trials or 0), (self.seconds or 0) + (other.seconds or 0)
        )

    @property
    def is_over(self) -> bool:
        """Whether one of the two is used up."""
        return (self.trials is not None and self.trials < 1) or (
            self.seconds is not None and self.seconds <= 0
        )


def spent_in(trials: Iterable[Trial]) -> Spent:
    """Return what a phase has cost: pauses and interruptions cost nothing."""
    made, seconds, end = 0, 0.0, float("-inf")
    spans = []
    for trial in trials:
        made += 1
        if trial.start_time is not None and trial.completion_time is not None:
            spans.append((trial.start_time.timestamp(), trial.completion_time.timestamp()))
    for first, last in sorted(spans):
        seconds += max(0.0, last - max(first, end))
        end = max(end, last)
    return Spent(made, seconds)
