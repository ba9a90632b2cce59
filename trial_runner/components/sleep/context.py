"""What surrounds an epoch: values normalised by night and averaged over neighbouring epochs.

People differ in amplitude more than stages do, so each feature is also given relative to its own
night (median 0, 5th to 95th percentile 1); and scorers look around, so averages of neighbours are
given too (Vallat & Walker 2021, doi:10.7554/eLife.70092).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SMALLEST_RANGE = 1e-9


class Windows(NamedTuple):
    """How far to look; 0 leaves a window out.

    Attributes:
        neighbours: Epochs before and, apart, after, averaged evenly.
        centred: Epochs to each side, with weights that fall linearly.
        long: Epochs to each side, averaged evenly.
    """

    neighbours: int
    centred: int
    long: int


def with_context(
    features: NDArray[np.float64], windows: Windows, is_normalised: bool
) -> NDArray[np.float32]:
    """Return one night's features with their surroundings.

    Args:
        features: (epochs, features) in time order.
        windows: How far to look.
        is_normalised: Whether to add values relative to the night, and to average these.

    Returns:
        (epochs, blocks × features + 1); the last column is the hours since the first epoch.
    """
    relative = relative_to_night(features) if is_normalised else features
    blocks = [features, relative] if is_normalised else [features]
    if windows.neighbours:
        even = np.ones(windows.neighbours)
        nothing = np.zeros(windows.neighbours + 1)
        blocks += [
            _average(relative, np.r_[even, nothing]),
            _average(relative, np.r_[nothing, even]),
        ]
    if windows.centred:
        rising = np.arange(1.0, windows.centred + 1)
        blocks.append(_average(relative, np.r_[rising, windows.centred + 1, rising[::-1]]))
    if windows.long:
        blocks.append(_average(relative, np.ones(2 * windows.long + 1)))
    hours = np.arange(len(features))[:, None] / 120.0
    return np.hstack([*blocks, hours]).astype(np.float32)


def relative_to_night(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (x - median) / (95th - 5th percentile) of each column; 0 where a column is flat."""
    low, middle, high = np.percentile(features, [5, 50, 95], axis=0)
    spread = high - low
    is_flat = spread < _SMALLEST_RANGE
    return np.asarray(np.where(is_flat, 0.0, (features - middle) / np.where(is_flat, 1.0, spread)))


def signed_log(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return sign(x) · log(1 + |x|): a scale on which averages of powers mean something."""
    wide = values.astype(np.float64)
    return np.asarray(np.sign(wide) * np.log1p(np.abs(wide)))


def _average(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weighted averages; weights run from the past to the future, ends are repeated."""
    from scipy.ndimage import correlate1d

    return np.asarray(correlate1d(values, weights / weights.sum(), axis=0, mode="nearest"))
