"""How good evaluated configurations are believed to be, and what one more result would tell.

A configuration's loss is what the smooth model says there plus a deviation of its own, whose
variance is taken to be a quarter of the noise. So a configuration's own results pull it towards
their mean, the more the more there are of them, and a little towards its neighbours'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from eegtune.search.gaussian_process.kernel import Array, Mask
from eegtune.search.gaussian_process.model import Model, fit_model
from eegtune.search.gaussian_process.regression import GaussianProcess
from eegtune.search.gaussian_process.snapping import positions
from eegtune.search.history import Record
from eegtune.search.one_thread import on_one_thread
from eegtune.search.problem import Problem
from eegtune.search.space import Point

# The variance of a configuration's own deviation, in units of the noise of one result.
_OWN_SHARE = 0.25
_OUTCOMES = np.array([NormalDist().inv_cdf((i + 0.5) / 24) for i in range(24)])


@dataclass(frozen=True)
class Estimates:
    """What is believed of every evaluated configuration.

    Attributes:
        points: The configurations that may be chosen.
        means: The believed losses on the model's scale, shape (n,).
        variances: How unsure they are, shape (n,).
        noise: The variance of one more result.
        model: The fitted model.
        beliefs: The joint distribution that these come from.
    """

    points: tuple[Point, ...]
    means: Array
    variances: Array
    noise: float
    model: Model[GaussianProcess]
    beliefs: Beliefs

    @property
    def best_point(self) -> Point:
        """The configuration that is believed to be best."""
        return self.points[int(np.argmin(self.means))]


@dataclass(frozen=True)
class Beliefs:
    """The joint distribution of the losses of configurations.

    Attributes:
        process: The smooth model.
        positions: The configurations, shape (m, d).
        results: The mean of each one's results, shape (m,).
        weights: How many results that is, shape (m,).
        is_candidate: Which may be chosen, shape (m,).
    """

    process: GaussianProcess
    positions: Array
    results: Array
    weights: Array
    is_candidate: Mask

    @property
    def noise(self) -> float:
        """The variance of one result."""
        return self.process.hyperparameters.noise

    @cached_property
    def _prior(self) -> Array:
        prior = self.process.covariance(self.positions, self.positions)
        prior.flat[:: len(prior) + 1] += _OWN_SHARE * self.noise
        return prior

    @cached_property
    def _solve(self) -> tuple[Array, bool]:
        seen = self._prior.copy()
        seen.flat[:: len(seen) + 1] += self.noise / self.weights + 1e-10
        factor: tuple[Array, bool] = cho_factor(seen, lower=True, check_finite=False)
        return factor

    @cached_property
    def means(self) -> Array:
        """The believed losses of all configurations, shape (m,)."""
        solved = cho_solve(self._solve, self.results, check_finite=False)
        means: Array = self._prior @ solved
        return means

    @cached_property
    def covariance(self) -> Array:
        """How unsure they are together, shape (m, m)."""
        found: Array = self._prior - self._prior @ cho_solve(self._solve, self._prior)
        return found

    def gains_of_repeating(self) -> Array:
        """Return how much better the choice is expected to be after one more result of each."""
        variances = np.maximum(self.covariance.diagonal(), 1e-12)
        steps = self.covariance / np.sqrt(variances + self.noise)
        return _gains(self.means[self.is_candidate], steps[self.is_candidate])

    def gains_of_new(self, units: Array) -> Array:
        """Return the same for one result of configurations at other positions, shape (n,)."""
        cross = self.process.covariance(self.positions, units)
        solved = cho_solve(self._solve, cross, check_finite=False)
        known = self.process.hyperparameters
        variances = known.scale + _OWN_SHARE * self.noise - np.einsum("mn,mn->n", cross, solved)
        variances = np.maximum(variances, 1e-12)
        means = solved.T @ self.results
        deviations = np.sqrt(variances + self.noise)
        steps = (cross - self._prior @ solved) / deviations
        kept = self.is_candidate
        return _gains(self.means[kept], steps[kept], means, variances / deviations)


def _gains(
    means: Array, steps: Array, own_means: Array | None = None, own_steps: Array | None = None
) -> Array:
    """Return the knowledge gradient of correlated beliefs (Frazier et al. 2009).

    Args:
        means: The believed losses of what may be chosen now, shape (m,).
        steps: How far each moves with one standard deviation of each result, shape (m, n).
        own_means: What is believed of the newcomers that the results are of, shape (n,).
        own_steps: How far these move, shape (n,).
    """
    least = np.full((steps.shape[1], len(_OUTCOMES)), np.inf)
    for mean, step in zip(means, steps, strict=True):
        np.minimum(least, mean + step[:, None] * _OUTCOMES, out=least)
    if own_means is not None and own_steps is not None:
        np.minimum(least, own_means[:, None] + own_steps[:, None] * _OUTCOMES, out=least)
    gains: Array = means.min() - least.mean(axis=1)
    return gains


@on_one_thread
def estimate(problem: Problem, completed: Sequence[Record]) -> Estimates:
    """Fit the model to completed records and estimate every finished configuration."""
    nan = float("nan")
    losses = np.array([record.losses[0] if record.losses else nan for record in completed])
    model = fit_model(problem, completed, losses)
    return estimate_with(problem, model)


def estimate_with(
    problem: Problem, model: Model[GaussianProcess], pending: Sequence[Record] = ()
) -> Estimates:
    """Estimate the configurations that a model was fitted to, failed ones left out.

    Args:
        problem: The problem.
        model: The fitted model.
        pending: Trials that run; each counts as a result that turns out as expected.
    """
    groups: dict[Point, list[int]] = {}
    for number, record in enumerate(model.records):
        groups.setdefault(record.point, []).append(number)
    beliefs = _believe(model, list(groups.values()))
    points = [p for p, kept in zip(groups, beliefs.is_candidate, strict=True) if kept]
    if pending:
        beliefs = _expecting(problem, beliefs, list(groups), pending)
    kept = beliefs.is_candidate
    variances = np.maximum(beliefs.covariance.diagonal()[kept], 1e-12)
    return Estimates(tuple(points), beliefs.means[kept], variances, beliefs.noise, model, beliefs)


def _believe(model: Model[GaussianProcess], groups: list[list[int]]) -> Beliefs:
    """Return what a model believes of configurations, each given by its results' numbers."""
    process = model.loss
    return Beliefs(
        process,
        process.points[[numbers[0] for numbers in groups]],
        np.array([_mean_result(process, numbers) for numbers in groups]),
        np.array([process.weights[numbers].sum() for numbers in groups]),
        _candidates(model.records, groups),
    )


def _mean_result(process: GaussianProcess, numbers: list[int]) -> float:
    return float(np.average(process.values[numbers], weights=process.weights[numbers]))


def _candidates(records: Sequence[Record], groups: Sequence[list[int]]) -> Mask:
    """Return which configurations may be chosen: all where none has a result that keeps limits."""
    kept = [any(records[number].is_feasible for number in numbers) for numbers in groups]
    return np.array(kept if any(kept) else [True] * len(kept))


def _expecting(
    problem: Problem, beliefs: Beliefs, points: Sequence[Point], pending: Sequence[Record]
) -> Beliefs:
    """Add pending results as they are expected."""
    places = {point: place for place, point in enumerate(points)}
    weights = beliefs.weights.copy()
    results = beliefs.results.copy()
    means = beliefs.means
    new = [record for record in pending if record.point not in places]
    for record in pending:
        place = places.get(record.point)
        if place is not None:
            total = results[place] * weights[place] + means[place]
            weights[place] += 1.0
            results[place] = total / weights[place]
    expected_at = positions(problem, new)
    expected = beliefs.process.posterior(expected_at)[0]
    return Beliefs(
        beliefs.process,
        np.vstack([beliefs.positions, expected_at]),
        np.concatenate([results, expected]),
        np.concatenate([weights, np.ones(len(new))]),
        np.concatenate([beliefs.is_candidate, np.zeros(len(new), dtype=bool)]),
    )
