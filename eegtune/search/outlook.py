"""Whether a promotion is likely to be worth its cost, by what earlier promotions came to.

Being among the best of a rung earns the next one, but where results of two rungs agree well,
those at the end of the best third hardly ever come among the best third of the next rung too.
A line through the configurations that have results in both says how likely that is; what is
saved is spent on new configurations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from eegtune.search.history import Record

# Measured on learning curves over two recorded tables: .1 and .25 find more than no such rule.
LEAST_CHANCE = 0.25
_FEWEST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Outlook:
    """A line from the losses of one rung to those of the next, and what is needed there.

    Attributes:
        mean: The mean loss of the lower rung.
        next_mean: The mean loss of the next one.
        slope: How the one follows the other, never falling.
        spread: The standard deviation about the line.
        needed: The loss that is needed to go further, or to be the best of the last rung.
    """

    mean: float
    next_mean: float
    slope: float
    spread: float
    needed: float

    def is_promising(self, loss: float) -> bool:
        """Say whether a loss of the lower rung has a chance to go further than the next."""
        expected = self.next_mean + self.slope * (loss - self.mean)
        if self.spread <= 0:
            return expected <= self.needed
        return NormalDist(expected, self.spread).cdf(self.needed) >= LEAST_CHANCE


def read_outlook(
    members: Iterable[Mapping[int, Record]], rung: int, share: float, *, is_last: bool
) -> Outlook | None:
    """Learn from configurations what a rung says of the next; None while they are few.

    Args:
        members: Each configuration's records by rung.
        rung: The lower rung.
        share: The share of the next rung that goes further.
        is_last: Whether the next rung is the last one, where only the best counts.
    """
    import numpy as np

    pairs = [
        (rungs[rung].losses[0], rungs[rung + 1].losses[0])
        for rungs in members
        if rung in rungs and rung + 1 in rungs
        if rungs[rung].is_feasible and rungs[rung + 1].is_feasible
    ]
    if len(pairs) < _FEWEST_PAIRS:
        return None
    lower, upper = np.array(pairs).T
    variance = float(lower.var())
    covariance = float(((lower - lower.mean()) * (upper - upper.mean())).mean())
    slope = max(covariance / variance, 0.0) if variance > 0 else 0.0
    errors = upper - upper.mean() - slope * (lower - lower.mean())
    spread = float(np.sqrt((errors**2).sum() / (len(pairs) - 2)))
    place = 0 if is_last else max(int(len(pairs) * share) - 1, 0)
    needed = float(np.sort(upper)[place])
    return Outlook(float(lower.mean()), float(upper.mean()), slope, spread, needed)
