"""End a phase that gains nothing more: the gain's interval holds 0.

The gain is how much better the best of the last trials is believed to be than the best of all
before. Both are estimated by the model of all trials (Gaussian process), so that one lucky result
is no gain, and the difference has a 95 % interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eegtune.spec import Experiment, Trial

_FEWEST_BEFORE = 10
_NORMAL_95 = 1.96


class Gain(NamedTuple):
    """How much better the last trials were, in standard deviations of all results.

    Attributes:
        value: The estimated gain; above 0 is better.
        low: The lower end of its 95 % interval.
        high: The upper one.
    """

    value: float
    low: float
    high: float


def gain_of_last(experiment: Experiment, trials: Sequence[Trial], count: int) -> Gain | None:
    """Return what the last trials have gained; None while there are too few to say."""
    import numpy as np

    from eegtune.search.engine import compile_problem
    from eegtune.search.gaussian_process.estimates import estimate
    from eegtune.search.history import read_history

    problem = compile_problem(experiment)
    records = read_history(problem, trials).finished
    if len(records) < count + _FEWEST_BEFORE:
        return None
    estimates = estimate(problem, records)
    earlier = {record.point for record in records[:-count]}
    is_new = np.array([point not in earlier for point in estimates.points])
    if is_new.all() or not is_new.any():
        return None if is_new.all() else Gain(0.0, 0.0, 0.0)
    new = int(np.argmin(np.where(is_new, estimates.means, np.inf)))
    old = int(np.argmin(np.where(is_new, np.inf, estimates.means)))
    gain = float(estimates.means[old] - estimates.means[new])
    half = _NORMAL_95 * float(np.sqrt(estimates.variances[old] + estimates.variances[new]))
    return Gain(gain, gain - half, gain + half)
