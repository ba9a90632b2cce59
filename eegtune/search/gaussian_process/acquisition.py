"""How promising positions are: expected improvement and its relatives, large is good."""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from eegtune.search.gaussian_process.kernel import Array

_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


def log_expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """Return the logarithm of how far below `best` a value is expected to fall.

    Stable far from the optimum (Ament et al. 2023).
    """
    z = (best - mean) / deviation
    with np.errstate(all="ignore"):
        density = np.exp(-0.5 * z * z - _LOG_ROOT_2PI)
        near = np.log(np.maximum(density + z * ndtr(z), 1e-300))
        # For z far below zero: log(phi(z)) + log(1 + z * Phi(z)/phi(z)) by the scaled erfc.
        ratio = np.sqrt(np.pi / 2) * erfcx(-z / np.sqrt(2))
        far = -0.5 * z * z - _LOG_ROOT_2PI + np.log(np.maximum(1.0 + z * ratio, 1e-300))
        very_far = -0.5 * z * z - _LOG_ROOT_2PI - 2.0 * np.log(np.abs(np.minimum(z, -1.0)))
    improvement = np.where(z > -1.0, near, np.where(z > -1e4, far, very_far))
    result: Array = improvement + np.log(deviation)
    return result


def probability_of_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """Return the logarithm of the probability to fall below `best`."""
    result: Array = log_ndtr((best - mean) / deviation)
    return result


def lower_confidence_bound(mean: Array, deviation: Array, width: float = 1.96) -> Array:
    """Return how low a value may be."""
    result: Array = width * deviation - mean
    return result


def log_feasibility(mean: Array, deviation: Array, limit: float) -> Array:
    """Return the logarithm of the probability that a value is at most a limit."""
    result: Array = log_ndtr((limit - mean) / deviation)
    return result
