"""How sure the winner is: would it win again, and how much better does it look than it is?

The best of many noisy results is best partly by luck. The model of all trials says what each
configuration is believed to be worth and how unsure that is; ranks are drawn from these beliefs
(a parametric bootstrap, configurations taken as independent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.execution.records import TrialRecord
from eegtune.report.analysis.belief import Belief

if TYPE_CHECKING:
    from eegtune.search.gaussian_process.kernel import Array

_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Standing:
    """A configuration among the others.

    Attributes:
        record: Its trial with the best value.
        times: How often it was evaluated.
        seen: The mean of its values.
        believed: What it is believed to be worth.
        low: The lower end of the 95 % interval of that.
        high: The upper end.
        chance: How often it was the best in draws of the beliefs.
        rank_low: The better end of its rank's 95 % interval.
        rank_high: The worse end.
    """

    record: TrialRecord
    times: int
    seen: float
    believed: float
    low: float
    high: float
    chance: float
    rank_low: int
    rank_high: int


def standings(belief: Belief, most: int = 10) -> tuple[Standing, ...]:
    """Return the best configurations by what was seen, the best first."""
    import numpy as np

    metric, sign = belief.problem.goals[0].metric, belief.problem.goals[0].sign
    draws = _draws(belief)
    ranks = draws.argsort(axis=1, kind="stable").argsort(axis=1) + 1
    chances = (ranks == 1).mean(axis=0)
    rank_low, rank_high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    believed = belief.values(draws.mean(axis=0))
    ends = belief.values(np.quantile(draws, [0.025, 0.975], axis=0))
    low, high = ends.min(axis=0), ends.max(axis=0)
    seen = [
        sum(record.trial.metrics[metric] for record in records) / len(records)
        for records in belief.records
    ]
    order = sorted(range(len(seen)), key=lambda place: sign * seen[place])[:most]
    return tuple(
        Standing(
            min(belief.records[n], key=lambda record: sign * record.trial.metrics[metric]),
            len(belief.records[n]),
            seen[n],
            float(believed[n]),
            float(low[n]),
            float(high[n]),
            float(chances[n]),
            int(rank_low[n]),
            int(rank_high[n]),
        )
        for n in order
    )


def _draws(belief: Belief) -> Array:
    """Return what each configuration may be worth, shape (draws, n), on the model's scale."""
    import numpy as np

    generator = np.random.default_rng(0)
    parts = []
    for weight, estimates in belief.levels:
        shape = (max(1, round(weight * _DRAWS)), len(estimates.means))
        parts.append(generator.normal(estimates.means, np.sqrt(estimates.variances), shape))
    return np.concatenate(parts)


def curse(found: tuple[Standing, ...], maximize: bool) -> float:
    """Return by how much the best one looks better than it is believed to be; at least 0."""
    gap = found[0].seen - found[0].believed
    return max(0.0, gap if maximize else -gap)
