"""Squared distances per parameter and the Matérn 5/2 kernel over them.

A parameter that does not matter somewhere (`INACTIVE`) has no value there. Numbers then count as
the middle of their range, equally far from both ends, and names as one more name: no value of the
parameter is closer to "none" because it happens to be the lowest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# The position of a parameter that does not matter at a point.
INACTIVE = -1.0
_MIDDLE = 0.5


def squared_differences(first: Array, second: Array, is_name: Mask) -> Array:
    """Return squared differences of positions by parameter; of names, whether they differ.

    Args:
        first: Positions, shape (n, d).
        second: Positions, shape (m, d).
        is_name: For each parameter, whether its values are names without an order, shape (d,).

    Returns:
        Shape (d, n, m).
    """
    a, b = np.where(is_name, first, _placed(first)), np.where(is_name, second, _placed(second))
    difference = a.T[:, :, None] - b.T[:, None, :]
    squared: Array = difference * difference
    if is_name.any():
        squared[is_name] = (squared[is_name] > 0.0).astype(float)
    return squared


def scaled_distances(first: Array, second: Array, precisions: Array, is_name: Mask) -> Array:
    """Return the sum over parameters of squared differences times precision, shape (n, m)."""
    roots = np.sqrt(precisions[~is_name])
    a, b = _placed(first[:, ~is_name]) * roots, _placed(second[:, ~is_name]) * roots
    summed = -2.0 * (a @ b.T)
    summed += np.einsum("nd,nd->n", a, a)[:, None]
    summed += np.einsum("nd,nd->n", b, b)
    np.maximum(summed, 0.0, out=summed)
    for place in np.flatnonzero(is_name):
        summed += precisions[place] * (first[:, place, None] != second[:, place])
    result: Array = summed
    return result


def _placed(numbers: Array) -> Array:
    """Return positions with those that do not matter in the middle."""
    return np.where(numbers == INACTIVE, _MIDDLE, numbers)


def matern(squared_distance: Array) -> Array:
    """Return the Matérn 5/2 correlation of scaled squared distances."""
    root = np.sqrt(5.0 * squared_distance)
    result: Array = (1.0 + root + root * root / 3.0) * np.exp(-root)
    return result


def matern_with_slope(squared_distance: Array) -> tuple[Array, Array]:
    """Return the correlation and its derivative by the squared distance."""
    root = np.sqrt(5.0 * squared_distance)
    decay = np.exp(-root)
    return (1.0 + root + root * root / 3.0) * decay, (-5.0 / 6.0) * (1.0 + root) * decay
