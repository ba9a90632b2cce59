"""What the model of all trials believes: the search's own Gaussian process, in metric units.

Of few trials a fit cannot tell noise from a rough surface and takes the smoothest lie: no noise at
all, so that the winner seems certain. So several levels of noise are weighed: by how likely they
make the results, and by a prior that a result's noise has about a fiftieth of the variance of all
results (a factor of five either way). From some eighty trials on the results decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eegtune.execution.best import objective_value
from eegtune.execution.records import TrialRecord
from eegtune.report.sampling import sample_finished
from eegtune.spec.experiment import Experiment

if TYPE_CHECKING:
    from eegtune.search.gaussian_process.estimates import Estimates
    from eegtune.search.gaussian_process.kernel import Array
    from eegtune.search.gaussian_process.regression import GaussianProcess
    from eegtune.search.history import Record
    from eegtune.search.problem import Problem

MOST_TRIALS = 200
FEWEST_TRIALS = 10
_WORST = 3.0
_LOG_NOISE, _LOG_NOISE_SPREAD = -1.7, 0.7  # decimal logarithm, of standardized results
_LEAST_WEIGHT = 1e-3


class TooLittle(Exception):
    """There are too few results, or the search has several objectives."""


@dataclass(frozen=True)
class Belief:
    """A fitted model.

    Attributes:
        problem: The search's problem.
        records: The trials by the configuration that they evaluated, in the estimates' order.
        levels: A weight and what is believed of each configuration, for each level of noise; on
            the model's scale. The heaviest comes first.
        centre: The loss that the model's 0 stands for.
        spread: The loss that its 1 stands for.
    """

    problem: Problem
    records: tuple[tuple[TrialRecord, ...], ...]
    levels: tuple[tuple[float, Estimates], ...]
    centre: float
    spread: float

    def values(self, scaled: Array) -> Array:
        """Return values of the metric for values of the model."""
        found: Array = self.problem.goals[0].sign * (self.centre + self.spread * scaled)
        return found

    def expected(self, points: Iterable[Mapping[str, str]]) -> Array:
        """Return what the metric is expected to be at configurations, shape (n,)."""
        import numpy as np

        axes = self.problem.space.axes
        units = [[axis.unit(point[axis.name]) for axis in axes] for point in points]
        mean, _ = self.levels[0][1].model.loss.posterior(np.array(units))
        return self.values(mean)


def believe(experiment: Experiment, records: Sequence[TrialRecord]) -> Belief:
    """Fit the model to the results that count (those at the largest resource).

    Raises:
        TooLittle: Fewer than ten, all of one value, or several objectives.
        ValueError: The search is one that eegtune does not have.
    """
    from eegtune.search.engine import compile_problem
    from eegtune.search.history import read_history

    problem = compile_problem(experiment)
    if len(problem.goals) > 1:
        raise TooLittle("With several objectives there is no single winner.")
    counted = [r for r in records if objective_value(experiment, r.trial) is not None]
    sampled = sample_finished(experiment, counted, MOST_TRIALS)
    by_name = {record.name: record for record in sampled}
    history = read_history(problem, [record.trial for record in sampled]).finished
    if len(history) < FEWEST_TRIALS or len({record.losses for record in history}) < 2:
        where = " at the largest resource" if len(counted) < len(records) else ""
        raise TooLittle(
            f"This needs at least {FEWEST_TRIALS} trials{where} with different values."
        )
    levels, centre, spread = _fitted(problem, history)
    points = levels[0][1].points
    grouped: dict[tuple[str, ...], list[TrialRecord]] = {point: [] for point in points}
    for each in history:
        if each.point in grouped and each.trial is not None:
            grouped[each.point].append(by_name[each.trial.name])
    return Belief(problem, tuple(map(tuple, grouped.values())), levels, centre, spread)


def _fitted(
    problem: Problem, history: Sequence[Record]
) -> tuple[tuple[tuple[float, Estimates], ...], float, float]:
    """Fit the process to plain losses; the search's own warps them, which stretches the best.

    Losses much worse than most count as somewhat worse: they say nothing about the good ones.
    """
    import numpy as np

    from eegtune.search.gaussian_process.regression import fit
    from eegtune.search.gaussian_process.snapping import name_mask, positions

    losses = np.array([record.losses[0] for record in history])
    middle = float(np.median(losses))
    clipped = np.minimum(losses, middle + _WORST * (middle - losses.min()))
    centre, spread = float(clipped.mean()), float(clipped.std()) or 1.0
    units = positions(problem, history)
    process = fit(units, (clipped - centre) / spread, name_mask(problem.space))
    return _levels(problem, process, tuple(history)), centre, spread


def _levels(
    problem: Problem, process: GaussianProcess, history: tuple[Record, ...]
) -> tuple[tuple[float, Estimates], ...]:
    import numpy as np

    from eegtune.search.gaussian_process.estimates import estimate_with
    from eegtune.search.gaussian_process.model import Model

    known = process.hyperparameters
    levels = np.array([*np.logspace(-4, 0, 13), known.noise])
    processes = [
        replace(process, hyperparameters=replace(known, noise=float(level))) for level in levels
    ]
    prior = -0.5 * ((np.log10(levels) - _LOG_NOISE) / _LOG_NOISE_SPREAD) ** 2
    logarithms = prior + np.array([_log_likelihood(each) for each in processes])
    weights = np.exp(logarithms - logarithms.max())
    weights /= weights.sum()
    found = [
        (float(weight), estimate_with(problem, Model(each, records=history)))
        for weight, each in zip(weights, processes, strict=True)
        if weight > _LEAST_WEIGHT
    ]
    return tuple(sorted(found, key=lambda pair: -pair[0]))


def _log_likelihood(process: GaussianProcess) -> float:
    """Return the logarithm of the results' density, but for a constant."""
    import numpy as np

    from eegtune.search.gaussian_process.kernel import matern, squared_differences

    known = process.hyperparameters
    squared = squared_differences(process.points, process.points, process.is_name)
    covariance = known.scale * matern(np.tensordot(known.precisions, squared, axes=1))
    covariance[np.diag_indices_from(covariance)] += known.noise / process.weights + 1e-10
    factor = np.linalg.cholesky(covariance)
    half = np.linalg.solve(factor, process.values)
    return float(-0.5 * half @ half - np.log(np.diagonal(factor)).sum())
