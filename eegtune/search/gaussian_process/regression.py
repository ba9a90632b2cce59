"""Gaussian-process regression: one lengthscale a parameter, one noise level, fitted by MAP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import minimize

from eegtune.search.gaussian_process.kernel import (
    Array,
    Mask,
    matern,
    scaled_distances,
    squared_differences,
)
from eegtune.search.gaussian_process.likelihood import JITTER, Observations, loss_with_gradient
from eegtune.search.gaussian_process.warping import LARGEST_OFFSET, LEAST_OFFSET

_LEAST_NOISE = 1e-6
_PRECISION_BOUNDS = (-7.0, 7.0)
# Logarithms of scale, noise and offset.
_BOUNDS = ((-6.0, 4.0), (float(np.log(_LEAST_NOISE)), 1.0), (LEAST_OFFSET, LARGEST_OFFSET))


@dataclass(frozen=True)
class Hyperparameters:
    """What the fit finds.

    Attributes:
        precisions: Inverse squared lengthscales, shape (d,).
        scale: The kernel's variance.
        noise: The variance of one observation of weight 1.
    """

    precisions: Array
    scale: float
    noise: float


@dataclass(frozen=True)
class GaussianProcess:
    """Observations with fitted hyperparameters.

    Attributes:
        points: Positions in the unit cube, shape (n, d).
        values: Standardized losses, shape (n,).
        weights: How much each observation counts; its noise is divided by it, shape (n,).
        is_name: Which parameters are names, shape (d,).
        hyperparameters: The fitted ones.
    """

    points: Array
    values: Array
    weights: Array
    is_name: Mask
    hyperparameters: Hyperparameters

    @cached_property
    def _factor(self) -> Array:
        known = self.hyperparameters
        covariance = self.covariance(self.points, self.points)
        covariance[np.diag_indices_from(covariance)] += known.noise / self.weights + JITTER
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)

    @cached_property
    def _solved(self) -> Array:
        solved: Array = cho_solve((self._factor, True), self.values)
        return solved

    def covariance(self, first: Array, second: Array) -> Array:
        """Return the prior covariance of two sets of positions, shape (n, m)."""
        known = self.hyperparameters
        distances = scaled_distances(first, second, known.precisions, self.is_name)
        covariance: Array = known.scale * matern(distances)
        return covariance

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Return mean and variance (without noise) at positions, each of shape (m,)."""
        cross = self.covariance(self.points, points)
        mean: Array = cross.T @ self._solved
        half = solve_triangular(self._factor, cross, lower=True, check_finite=False)
        variance = self.hyperparameters.scale - np.einsum("nm,nm->m", half, half)
        return mean, np.maximum(variance, 1e-12)

    def believing(self, points: Array) -> GaussianProcess:
        """Return the process had pending points turned out as expected (kriging believer)."""
        if not len(points):
            return self
        mean, _ = self.posterior(points)
        return GaussianProcess(
            np.vstack([self.points, points]),
            np.concatenate([self.values, mean]),
            np.concatenate([self.weights, np.ones(len(points))]),
            self.is_name,
            self.hyperparameters,
        )


def fit(
    points: Array,
    values: Array,
    is_name: Mask,
    weights: Array | None = None,
    *,
    is_warped: bool = False,
) -> GaussianProcess:
    """Fit hyperparameters by maximum a posteriori from two starting points.

    Args:
        points: Positions in the unit cube, shape (n, d).
        values: Standardized losses, or distances from the best loss, shape (n,).
        is_name: Which parameters are names, shape (d,).
        weights: How much each observation counts; 1 where not given.
        is_warped: Whether the values are distances whose scale is to be found too.
    """
    count, dimensions = points.shape
    known_weights = np.ones(count) if weights is None else weights
    squared = squared_differences(points, points, is_name).reshape(dimensions, count * count)
    seen = Observations(squared, values, 1.0 / known_weights, is_warped)
    best = _most_probable(seen, dimensions)
    known = np.exp(best[:-1])
    hyperparameters = Hyperparameters(known[:-2], float(known[-2]), float(known[-1]))
    scaled = seen.scaled(float(best[-1])).values
    return GaussianProcess(points, scaled, known_weights, is_name, hyperparameters)


def within_bounds(logarithms: Array) -> Array:
    """Keep logarithms of the precisions, scale and noise in their bounds, shape (d + 2,)."""
    bounds = np.array([_PRECISION_BOUNDS] * (len(logarithms) - 2) + list(_BOUNDS[:2]))
    result: Array = np.clip(logarithms, bounds[:, 0], bounds[:, 1])
    return result


def _most_probable(seen: Observations, dimensions: int) -> Array:
    """Return the best logarithms that are found from the starting points."""
    best_loss, best = np.inf, np.zeros(dimensions + 3)
    for start in _starts(dimensions):
        found = minimize(
            loss_with_gradient,
            start,
            args=(seen,),
            jac=True,
            method="L-BFGS-B",
            bounds=[_PRECISION_BOUNDS] * dimensions + list(_BOUNDS),
            options={"maxiter": 60, "gtol": 1e-2},
        )
        if found.fun < best_loss:
            best_loss, best = float(found.fun), found.x
    return best


def _starts(dimensions: int) -> tuple[Array, ...]:
    smooth = np.concatenate([np.zeros(dimensions), [0.0, np.log(0.01), 1.0]])
    rough = np.concatenate([np.full(dimensions, 1.5), [0.0, np.log(0.2), -1.5]])
    return smooth, rough
