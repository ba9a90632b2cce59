"""How sure the winner is: would it win again, and how much better does it look than it is?

The best of many noisy results is best partly by luck. The model of all trials says what each
configuration is believed to be worth and how unsure that is; ranks are drawn from these beliefs
together (a parametric bootstrap of the whole choice).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.execution.records import TrialRecord
from eegtune.report.analysis.belief import Belief

if TYPE_CHECKING:
    from eegtune.search.gaussian_process.estimates import Estimates
    from eegtune.search.gaussian_process.kernel import Array

_DRAWS = 4000
_RIDGE = 1e-8
# One fitted smoothness stands for all that are possible, which makes the model too sure. So much
# wider, its chances are as often right as they say: benchmarks/report_chance.py.
_WIDER = 1.3


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
    """Return what each configuration may be worth, shape (draws, n), on the model's scale.

    Drawn together from the smooth model: a deviation of each configuration's own, as the search
    adds it, would take the best one's luck for its worth.
    """
    import numpy as np

    generator = np.random.default_rng(0)
    parts = []
    for weight, estimates in belief.levels:
        mean, covariance = _joint(estimates)
        covariance[np.diag_indices_from(covariance)] += (
            _RIDGE * covariance.diagonal().max() + 1e-12
        )
        factor = np.linalg.cholesky(covariance)
        normal = generator.standard_normal((max(1, round(weight * _DRAWS)), len(mean)))
        parts.append(mean + _WIDER * (normal @ factor.T))
    return np.concatenate(parts)


def _joint(estimates: Estimates) -> tuple[Array, Array]:
    """Return mean (n,) and covariance (n, n) of the smooth model at the configurations."""
    import numpy as np

    process = estimates.model.loss
    places = estimates.beliefs.positions[estimates.beliefs.is_candidate]
    seen = process.covariance(process.points, process.points)
    noise = process.hyperparameters.noise / process.weights
    seen[np.diag_indices_from(seen)] += noise + _RIDGE
    cross = process.covariance(process.points, places)
    solved = np.linalg.solve(seen, cross)
    return solved.T @ process.values, process.covariance(places, places) - cross.T @ solved


def curse(found: tuple[Standing, ...], maximize: bool) -> float:
    """Return by how much the best one looks better than it is believed to be; at least 0."""
    gap = found[0].seen - found[0].believed
    return max(0.0, gap if maximize else -gap)
