"""How good evaluated configurations are believed to be, and how sure that is.

The model of all trials gives an expectation at each configuration; a configuration's own results
pull it towards their mean, the more the more there are of them (its own deviation from the smooth
model is taken to have a quarter of the variance of the noise).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegtune.search.gaussian_process.kernel import Array
from eegtune.search.gaussian_process.model import Model, fit_model
from eegtune.search.history import Record, State
from eegtune.search.problem import Problem
from eegtune.search.space import Point

# The variance of a configuration's own deviation, in units of the noise of one result.
_OWN_SHARE = 0.25


@dataclass(frozen=True)
class Estimates:
    """What is believed of every evaluated configuration.

    Attributes:
        points: The configurations.
        means: The believed losses on the model's scale, shape (n,).
        variances: How unsure they are, shape (n,).
        noise: The variance of one more result.
        model: The fitted model.
    """

    points: tuple[Point, ...]
    means: Array
    variances: Array
    noise: float
    model: Model

    @property
    def best_point(self) -> Point:
        """The configuration that is believed to be best."""
        return self.points[int(np.argmin(self.means))]


def estimate(problem: Problem, completed: Sequence[Record]) -> Estimates:
    """Fit the model to completed records and estimate every finished configuration."""
    nan = float("nan")
    losses = np.array([record.losses[0] if record.losses else nan for record in completed])
    model = fit_model(problem, completed, losses)
    return estimate_with(problem, model)


def estimate_with(problem: Problem, model: Model) -> Estimates:
    """Estimate the configurations that a model was fitted to, failed ones left out."""
    by_point: dict[Point, list[int]] = {}
    for number, record in enumerate(model.records):
        if record.state is State.FINISHED and record.violation <= 0:
            by_point.setdefault(record.point, []).append(number)
    if not by_point:
        for number, record in enumerate(model.records):
            by_point.setdefault(record.point, []).append(number)
    process = model.loss
    rows = [numbers[0] for numbers in by_point.values()]
    smooth, variance = process.posterior(process.points[rows])
    own = np.array([process.values[numbers].mean() for numbers in by_point.values()])
    counts = np.array([len(numbers) for numbers in by_point.values()])
    noise = process.hyperparameters.noise
    trust = _OWN_SHARE / (_OWN_SHARE + 1.0 / counts)
    unsure = variance + _OWN_SHARE * noise * (1.0 - trust)
    return Estimates(tuple(by_point), smooth + trust * (own - smooth), unsure, noise, model)


def value_of_evaluating(gaps: Array, variances: Array, noise: float) -> Array:
    """Return how much better the final choice is expected to be after one more result.

    The knowledge gradient of independent beliefs (Frazier et al. 2008).

    Args:
        gaps: How much worse than the best other configuration each is believed to be.
        variances: How unsure that is.
        noise: The variance of one result.
    """
    from scipy.special import ndtr

    step = variances / np.sqrt(variances + noise)
    z = -np.abs(gaps) / np.maximum(step, 1e-12)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    value: Array = step * (density + z * ndtr(z))
    return value


def gaps_to_best_other(means: Array) -> Array:
    """Return by how much each mean is above the smallest of the others (the best one: below)."""
    if len(means) < 2:
        return np.zeros(len(means))
    order = np.argsort(means)
    gaps: Array = means - means[order[0]]
    gaps[order[0]] = means[order[1]] - means[order[0]]
    return gaps
