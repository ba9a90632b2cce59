"""Gaussian-process regression: one lengthscale a parameter, one noise level, fitted by MAP.

The priors are those of Optuna's `GPSampler` (inverse squared lengthscales near one, kernel scale
Gamma(2, 1), noise Gamma(1.1, 30) on standardized values), against which it is tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize

from eegtune.search.gaussian_process.kernel import (
    Array,
    Mask,
    matern,
    matern_with_slope,
    squared_differences,
)

_LEAST_NOISE = 1e-6
_JITTER = 1e-10


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
        covariance = self._covariance(self.points)
        covariance[np.diag_indices_from(covariance)] += known.noise / self.weights + _JITTER
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)

    @cached_property
    def _solved(self) -> Array:
        solved: Array = cho_solve((self._factor, True), self.values)
        return solved

    def _covariance(self, others: Array) -> Array:
        known = self.hyperparameters
        squared = squared_differences(self.points, others, self.is_name)
        distances = np.tensordot(known.precisions, squared, axes=1)
        covariance: Array = known.scale * matern(distances)
        return covariance

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Return mean and variance (without noise) at positions, each of shape (m,)."""
        cross = self._covariance(points)
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
    points: Array, values: Array, is_name: Mask, weights: Array | None = None
) -> GaussianProcess:
    """Fit hyperparameters by maximum a posteriori from two starting points.

    Args:
        points: Positions in the unit cube, shape (n, d).
        values: Standardized losses, shape (n,).
        is_name: Which parameters are names, shape (d,).
        weights: How much each observation counts; 1 where not given.
    """
    counts = np.ones(len(values)) if weights is None else weights
    squared = squared_differences(points, points, is_name)
    best_loss, best = np.inf, np.zeros(len(is_name) + 2)
    for start in _starts(len(is_name)):
        found = minimize(
            _loss_with_gradient,
            start,
            args=(squared, values, 1.0 / counts),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-7.0, 7.0)] * len(is_name) + [(-6.0, 4.0), (np.log(_LEAST_NOISE), 1.0)],
            options={"maxiter": 60, "gtol": 1e-2},
        )
        if found.fun < best_loss:
            best_loss, best = float(found.fun), found.x
    known = Hyperparameters(np.exp(best[:-2]), float(np.exp(best[-2])), float(np.exp(best[-1])))
    return GaussianProcess(points, values, counts, is_name, known)


def _starts(dimensions: int) -> tuple[Array, ...]:
    smooth = np.concatenate([np.zeros(dimensions), [0.0, np.log(0.01)]])
    rough = np.concatenate([np.full(dimensions, 1.5), [0.0, np.log(0.2)]])
    return smooth, rough


def _loss_with_gradient(
    logarithms: Array, squared: Array, values: Array, inverse_weights: Array
) -> tuple[float, Array]:
    precisions = np.exp(logarithms[:-2])
    scale, noise = np.exp(logarithms[-2]), np.exp(logarithms[-1])
    correlation, slope = matern_with_slope(np.tensordot(precisions, squared, axes=1))
    covariance = scale * correlation
    covariance[np.diag_indices_from(covariance)] += noise * inverse_weights + _JITTER
    try:
        factor = cho_factor(covariance, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return 1e25, np.zeros_like(logarithms)
    inverse = cho_solve(factor, np.eye(len(values)), check_finite=False)
    solved = inverse @ values
    loss = 0.5 * values @ solved + np.log(np.diagonal(factor[0])).sum()
    outer = np.outer(solved, solved) - inverse
    gradient = np.empty_like(logarithms)
    flat = (outer * slope * scale).ravel()
    gradient[:-2] = -0.5 * precisions * (squared.reshape(len(precisions), -1) @ flat)
    gradient[-2] = -0.5 * scale * (outer * correlation).sum()
    gradient[-1] = -0.5 * noise * (np.diagonal(outer) * inverse_weights).sum()
    prior, prior_gradient = _prior_with_gradient(precisions, scale, noise)
    return float(loss - prior), gradient - prior_gradient


def _prior_with_gradient(precisions: Array, scale: float, noise: float) -> tuple[float, Array]:
    prior = -(0.1 / precisions + 0.1 * precisions).sum()
    prior += np.log(scale) - scale + 0.1 * np.log(noise) - 30.0 * noise
    gradient = np.concatenate(
        [0.1 / precisions - 0.1 * precisions, [1.0 - scale, 0.1 - 30.0 * noise]]
    )
    return float(prior), gradient
