"""Losses on the scale that a Gaussian process follows best, which the fit finds.

Losses become the logarithm of their distance from the best one plus an offset. A small offset
spreads the good losses out, a large one leaves the scale as it is; noise of the same size
everywhere asks for a large one, ratios for a small one. The likelihood of the losses decides
(Snelson et al. 2004), so one terrible trial does not flatten all others, nor does the noise of
the best ones count for more than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eegtune.search.gaussian_process.kernel import Array

# Logarithms of the offset, in units of the median distance from the best loss.
LEAST_OFFSET, LARGEST_OFFSET = float(np.log(0.05)), float(np.log(10.0))
USUAL_OFFSET, OFFSET_DEVIATION = float(np.log(0.5)), 1.5
_FARTHEST = 1e12


@dataclass(frozen=True)
class Warped:
    """Losses on the new scale and how that changes with the offset.

    Attributes:
        values: Mean 0, deviation 1, shape (n,).
        slopes: Their derivative by the logarithm of the offset, shape (n,).
        cost: What the change of scale adds to the negative log likelihood.
        cost_slope: Its derivative.
    """

    values: Array
    slopes: Array
    cost: float
    cost_slope: float


def distances(losses: Array) -> Array:
    """Return how far losses are above the best one, in units of the median; failures worst."""
    known = losses[np.isfinite(losses)]
    if not len(known):
        return np.zeros(len(losses))
    filled = np.where(np.isfinite(losses), losses, known.max())
    with np.errstate(over="ignore"):
        above = filled - known.min()
        middle = float(np.median(known) - known.min())
    if not 0 < middle < np.inf:
        middle = float(np.clip(above.max(), 1e-300, 1e300)) or 1.0
    result: Array = np.minimum(above / middle, _FARTHEST)
    return result


def warp(above: Array, log_offset: float) -> Warped:
    """Return distances on the scale of an offset."""
    offset = np.exp(log_offset)
    raw = np.log(above + offset)
    slopes = offset / (above + offset)
    centred, slopes_centred = raw - raw.mean(), slopes - slopes.mean()
    spread = float(np.sqrt(np.mean(centred * centred)))
    if spread < 1e-9:
        return Warped(np.zeros(len(above)), np.zeros(len(above)), 0.0, 0.0)
    values = centred / spread
    change = float(np.mean(values * slopes_centred)) / spread
    cost = len(above) * np.log(spread) + raw.sum()
    cost_slope = len(above) * change + slopes.sum()
    return Warped(values, slopes_centred / spread - values * change, float(cost), cost_slope)
