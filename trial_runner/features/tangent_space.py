"""Covariance matrices in the tangent space of their Riemannian mean.

Barachant et al. 2012, Multiclass brain-computer interface classification by Riemannian geometry,
IEEE TBME 59, 920-928. The mean is fitted on training rows only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Windows

_MEAN_TOLERANCE = 1e-8
_MEAN_ITERATIONS = 50
_FLOOR_SHARE = 1e-6  # of the mean power of a window: dead channels stay invertible

Matrices = NDArray[np.float64]


def covariances(windows: Windows) -> Matrices:
    """Return covariance matrices (n, channels, channels) in square microvolts, shrunk by OAS.

    Shrinkage: Chen et al. 2010, Shrinkage algorithms for MMSE covariance estimation.
    """
    signal = windows.signal.astype(np.float64) * 1e6
    centred = signal - signal.mean(axis=2, keepdims=True)
    samples, channels = signal.shape[2], signal.shape[1]
    empirical = centred @ centred.transpose(0, 2, 1) / samples
    power = np.trace(empirical, axis1=1, axis2=2) / channels
    square = (empirical**2).mean(axis=(1, 2))
    top = square + power**2
    bottom = (samples + 1.0) * (square - power**2 / channels)
    ratio = np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0)
    shrinkage = np.maximum(np.minimum(ratio, 1.0), _FLOOR_SHARE)[:, None, None]
    # A window without any signal has no covariance; the identity is as good as any other.
    target = np.where(power > 0, power, 1.0)[:, None, None] * np.eye(channels)
    return np.asarray((1 - shrinkage) * empirical + shrinkage * target)


def riemannian_mean(matrices: Matrices) -> NDArray[np.float64]:
    """Return the matrix with the least sum of squared Riemannian distances to all."""
    mean = _apply(_apply(matrices, np.log).mean(axis=0), np.exp)
    for _ in range(_MEAN_ITERATIONS):
        root, inverse_root = _apply(mean, np.sqrt), _apply(mean, lambda x: 1 / np.sqrt(x))
        direction = _apply(inverse_root @ matrices @ inverse_root, np.log).mean(axis=0)
        mean = root @ _apply(direction, np.exp) @ root
        if np.linalg.norm(direction) < _MEAN_TOLERANCE:
            break
    return mean


def project(matrices: Matrices, reference: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return tangent vectors (n, channels × (channels + 1) / 2) at a reference matrix.

    Off-diagonal elements count √2, so that the vector's length is the Riemannian distance.
    """
    inverse_root = _apply(reference, lambda x: 1 / np.sqrt(x))
    logarithms = _apply(inverse_root @ matrices @ inverse_root, np.log)
    row, column = np.triu_indices(matrices.shape[1])
    scale = np.where(row == column, 1.0, np.sqrt(2.0))
    return np.asarray(logarithms[:, row, column] * scale, np.float32)


def _apply(
    matrices: Matrices, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Apply a function to the eigenvalues of symmetric matrices."""
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * function(values)[..., None, :]) @ vectors.swapaxes(-1, -2))
