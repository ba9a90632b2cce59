"""How well hyperparameters explain observations: the negative log posterior and its gradient.

The priors are those of Optuna's `GPSampler` (inverse squared lengthscales near one, kernel scale
Gamma(2, 1), noise Gamma(1.1, 30) on standardized values), against which it is tested.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from eegtune.search.gaussian_process.kernel import Array, matern_with_slope
from eegtune.search.gaussian_process.warping import OFFSET_DEVIATION, USUAL_OFFSET, Warped, warp

JITTER = 1e-10


@dataclass(frozen=True)
class Observations:
    """What is to be explained.

    Attributes:
        squared: Squared differences by parameter, shape (d, n * n).
        values: Standardized values, or distances to be warped, shape (n,).
        inverse_weights: By what each observation's noise is multiplied, shape (n,).
        is_warped: Whether the scale is fitted too.
    """

    squared: Array
    values: Array
    inverse_weights: Array
    is_warped: bool

    def scaled(self, log_offset: float) -> Warped:
        """Return the values on the scale of an offset."""
        if self.is_warped:
            return warp(self.values, log_offset)
        return Warped(self.values, np.zeros(len(self.values)), 0.0, 0.0)


def loss_with_gradient(logarithms: Array, seen: Observations) -> tuple[float, Array]:
    """Return the negative log posterior and its gradient.

    Args:
        logarithms: Of the precisions, of scale, noise and offset, shape (d + 3,).
        seen: The observations.
    """
    known = np.exp(logarithms[:-1])
    precisions, scale, noise = known[:-2], known[-2], known[-1]
    scaled = seen.scaled(float(logarithms[-1]))
    count = len(scaled.values)
    correlation, slope = matern_with_slope(precisions @ seen.squared)
    covariance = (scale * correlation).reshape(count, count)
    covariance.flat[:: count + 1] += noise * seen.inverse_weights + JITTER
    # The array is symmetric, so that its memory may be read in either order.
    factor, failure = dpotrf(covariance.T, lower=1, overwrite_a=1)
    if failure:
        return 1e25, np.zeros_like(logarithms)
    half_determinant = np.log(factor.diagonal()).sum()
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    solved = inverse @ scaled.values
    outer = (solved[:, None] * solved - inverse).ravel()
    gradient = _kernel_gradient(known, outer, correlation, slope, seen)
    gradient[-1] = solved @ scaled.slopes + scaled.cost_slope
    loss = 0.5 * scaled.values @ solved + half_determinant + scaled.cost
    return _with_priors(float(loss), gradient, known, float(logarithms[-1]))


def _kernel_gradient(
    known: Array, outer: Array, correlation: Array, slope: Array, seen: Observations
) -> Array:
    """Return the gradient by the kernel's logarithms; the last place, the offset's, is free."""
    precisions, scale, noise = known[:-2], known[-2], known[-1]
    count = len(seen.inverse_weights)
    gradient = np.empty(len(known) + 1)
    gradient[:-3] = (-0.5 * scale) * precisions * (seen.squared @ (outer * slope))
    gradient[-3] = -0.5 * scale * (outer @ correlation)
    gradient[-2] = -0.5 * noise * (outer[:: count + 1] @ seen.inverse_weights)
    return gradient


def _with_priors(
    loss: float, gradient: Array, known: Array, log_offset: float
) -> tuple[float, Array]:
    precisions, scale, noise = known[:-2], float(known[-2]), float(known[-1])
    distance = (log_offset - USUAL_OFFSET) / OFFSET_DEVIATION
    loss += float((0.1 / precisions + 0.1 * precisions).sum())
    loss += scale - np.log(scale) + 30.0 * noise - 0.1 * np.log(noise) + 0.5 * distance**2
    gradient[:-3] += 0.1 * precisions - 0.1 / precisions
    gradient[-3:] += scale - 1.0, 30.0 * noise - 0.1, distance / OFFSET_DEVIATION
    return float(loss), gradient
