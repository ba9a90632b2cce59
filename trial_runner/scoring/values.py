"""Scores with their uncertainty, as values that import without numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its confidence interval; bounds are nan where they cannot be had."""

    value: float
    low: float
    high: float
    level: float = 0.95

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Score:
    """A metric of one configuration.

    Attributes:
        interval: The mean over the seeds, and its interval over units and seeds.
        seed_std: Standard deviation over the seeds' models (n - 1); nan with one seed.
    """

    interval: Interval
    seed_std: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better a metric is for one configuration than for another.

    Attributes:
        interval: The difference and its bootstrap interval.
        p_value: Two-sided, of the permutation test.
    """

    interval: Interval
    p_value: float
