"""Replace bad channels of single epochs by spherical splines, as the autoreject library does.

Splines: Perrin et al. 1989, doi:10.1016/0013-4694(89)90180-6, with MNE's constants, so that the
repaired signal equals the library's. A matrix depends only on which channels are replaced, and
many epochs share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_STIFFNESS = 4
_LEGENDRE_TERMS = 50
_REGULARISATION = 1e-5


class Repair(NamedTuple):
    """Epochs in which the same channels are replaced."""

    epochs: NDArray[np.int64]
    signal: NDArray[np.float64]


def worst_channels(
    bad_channels: NDArray[np.bool_], amplitudes: NDArray[np.float64], n_interpolate: int
) -> NDArray[np.bool_]:
    """Return (epochs, channels) which bad channels to replace: in each epoch the worst ones.

    Args:
        bad_channels: (epochs, channels).
        amplitudes: (epochs, channels) peak to peak.
        n_interpolate: At most so many in an epoch.
    """
    ranked = np.argsort(np.argsort(-np.where(bad_channels, amplitudes, -np.inf), axis=1), axis=1)
    return bad_channels & (ranked < n_interpolate)


def repairs(
    signal: NDArray[np.float64],
    replace: NDArray[np.bool_],
    splines: Splines,
) -> Iterator[Repair]:
    """Yield the repaired epochs, those that need the same matrix together.

    Args:
        signal: (epochs, channels, samples).
        replace: (epochs, channels) which channels to replace; epochs without any are left out.
        splines: Of the montage.
    """
    rows = np.flatnonzero(replace.any(axis=1))
    if not len(rows):
        return
    patterns, pattern_of_row = np.unique(replace[rows], axis=0, return_inverse=True)
    for index, pattern in enumerate(patterns):
        epochs = rows[pattern_of_row.reshape(-1) == index]
        repaired = signal[epochs].copy()
        repaired[:, pattern] = splines.matrix(pattern) @ repaired[:, ~pattern]
        yield Repair(epochs, repaired)


class Splines:
    """Interpolation matrices of one montage, each computed once."""

    def __init__(self, positions: NDArray[np.float64]) -> None:
        """Take positions (channels, 3) around the origin, in any unit."""
        directions = positions / np.linalg.norm(positions, axis=1, keepdims=True)
        self._potential = _spline(directions @ directions.T)
        self._matrices: dict[bytes, NDArray[np.float64]] = {}

    def matrix(self, replace: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return (replaced, others): how the replaced channels follow from the others.

        Raises:
            ValueError: No other channel is left.
        """
        if replace.all():
            raise ValueError(f"all {len(replace)} channels are to be replaced; from none is left")
        key = replace.tobytes()
        if key not in self._matrices:
            self._matrices[key] = self._solve(replace)
        return self._matrices[key]

    def _solve(self, replace: NDArray[np.bool_]) -> NDArray[np.float64]:
        good = self._potential[np.ix_(~replace, ~replace)]
        to_bad = self._potential[np.ix_(replace, ~replace)]
        count = len(good)
        system = np.ones((count + 1, count + 1))
        system[:count, :count] = good + _REGULARISATION * np.eye(count)
        system[count, count] = 0.0
        with_constant = np.hstack([to_bad, np.ones((len(to_bad), 1))])
        return np.asarray(with_constant @ np.linalg.pinv(system)[:, :-1])


def _spline(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the spline's potential at the angle between two directions."""
    order = np.arange(1, _LEGENDRE_TERMS + 1, dtype=np.float64)
    factors = (2 * order + 1) / ((order * (order + 1)) ** _STIFFNESS * 4 * np.pi)
    series = np.concatenate([[0.0], factors])
    return np.asarray(np.polynomial.legendre.legval(np.clip(cosine, -1.0, 1.0), series))
