"""Power in any frequency bands at once, from one cumulative spectrum a night.

Welch's spectrum of every epoch (Hann windows of four seconds, half overlapping) is integrated
once from 0 Hz up by the trapezoidal rule. The power of a band is then the difference of two
values, so that other band edges cost microseconds instead of another look at the signal. The
resolution is 0.25 Hz; between its points the integral is interpolated linearly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError

SEGMENT_SECONDS = 4.0


class CumulativeSpectra(NamedTuple):
    """Integrals of the power density of a night's epochs.

    Attributes:
        power: (channels, epochs, points) square volts below each frequency.
        step_hz: Distance of the points, the first of which is 0 Hz.
    """

    power: NDArray[np.float64]
    step_hz: float

    @property
    def highest_hz(self) -> float:
        """The highest frequency, half the sampling frequency."""
        return float((self.power.shape[-1] - 1) * self.step_hz)


def cumulative_spectra(epochs: NDArray[np.floating], sfreq_hz: float) -> CumulativeSpectra:
    """Return the cumulative spectra of epochs (channels, epochs, samples) in volts.

    Raises:
        DataError: An epoch is shorter than a segment.
    """
    from scipy.signal import welch

    segment = round(SEGMENT_SECONDS * sfreq_hz)
    if epochs.shape[-1] < segment:
        raise DataError(
            f"epochs of {epochs.shape[-1] / sfreq_hz:g} s are shorter than the "
            f"{SEGMENT_SECONDS:g} s that a spectrum needs"
        )
    frequency_hz, density = welch(epochs, sfreq_hz, nperseg=segment, axis=-1)
    step_hz = float(frequency_hz[1])
    power = np.zeros(density.shape)
    np.cumsum((density[..., 1:] + density[..., :-1]) * (step_hz / 2), axis=-1, out=power[..., 1:])
    return CumulativeSpectra(power, step_hz)


def band_powers(spectra: CumulativeSpectra, edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power (bands, channels, epochs) in square volts between consecutive edges.

    Args:
        spectra: Of a night.
        edges_hz: (bands + 1,) ascending, none above the highest frequency.
    """
    place = edges_hz / spectra.step_hz
    below = place.astype(np.int64)
    if (place == below).all():
        at_edges = spectra.power.take(below, axis=-1)
    else:
        above = np.minimum(below + 1, spectra.power.shape[-1] - 1)
        share = place - below
        at_edges = spectra.power.take(below, axis=-1) * (1 - share)
        at_edges += spectra.power.take(above, axis=-1) * share
    return np.moveaxis(at_edges[..., 1:] - at_edges[..., :-1], -1, 0)


def usable_edges(
    edges_hz: Mapping[str, float], highest_hz: float
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the bands and edges that can be seen below a frequency.

    Args:
        edges_hz: The lower edge of each band by name, in order, and last `end`, the upper edge of
            the highest.
        highest_hz: Half the lowest sampling frequency of all nights. A band that begins above it
            is left out, one that ends above it is cut.

    Raises:
        DataError: The edges are not ascending, or no band is left.
    """
    names, edges = list(edges_hz), np.array(list(edges_hz.values()), np.float64)
    wrong = np.flatnonzero(np.diff(edges) <= 0)
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            f"bands must ascend: {names[first]} begins at {edges[first]:g} Hz, "
            f"{names[first + 1]} at {edges[first + 1]:g} Hz"
        )
    kept = [name for name, low in zip(names[:-1], edges[:-1], strict=True) if low < highest_hz]
    if not kept:
        raise DataError(f"no band begins below {highest_hz:g} Hz, half the sampling frequency")
    return tuple(kept), np.minimum(edges[: len(kept) + 1], highest_hz)
