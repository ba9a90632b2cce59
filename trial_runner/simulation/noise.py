"""Noise with a given spectrum: 1/f background and band-limited rhythms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ = 0.3  # below, 1/f would put nearly all power into a drift


def shaped_noise(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    sfreq_hz: float,
    amplitude: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return Gaussian noise with standard deviation 1 and a given amplitude spectrum.

    Args:
        rng: Draws it.
        shape: Of the result; the last axis is time.
        sfreq_hz: Sampling frequency.
        amplitude: From frequencies in Hz to relative amplitudes; the constant part is removed.

    Raises:
        ValueError: The spectrum is empty at this length and frequency.
    """
    samples = shape[-1]
    frequencies = np.fft.rfftfreq(samples, 1 / sfreq_hz).astype(np.float64)
    gain = np.zeros_like(frequencies)
    gain[1:] = amplitude(frequencies[1:])
    two_sided = np.full(len(gain), 2.0)
    if samples % 2 == 0:
        two_sided[-1] = 1.0
    power = float((two_sided * gain**2).sum()) / samples
    if power <= 0:
        raise ValueError(f"the spectrum has no power for {samples} samples at {sfreq_hz:g} Hz")
    spectrum = np.fft.rfft(rng.standard_normal(shape), axis=-1) * gain
    return np.asarray(np.fft.irfft(spectrum, n=samples, axis=-1) / np.sqrt(power))


def background(
    rng: np.random.Generator, shape: tuple[int, ...], sfreq_hz: float, exponent: float = 1.0
) -> NDArray[np.float64]:
    """Return noise of standard deviation 1 whose power falls as 1 / frequency ** exponent."""
    return shaped_noise(
        rng, shape, sfreq_hz, lambda hz: np.maximum(hz, LOWEST_HZ) ** (-exponent / 2)
    )


def rhythm(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    sfreq_hz: float,
    centre_hz: float,
    width_hz: float = 1.0,
) -> NDArray[np.float64]:
    """Return a waxing and waning rhythm of standard deviation 1 around a frequency."""
    return shaped_noise(
        rng, shape, sfreq_hz, lambda hz: np.exp(-0.5 * ((hz - centre_hz) / width_hz) ** 2)
    )
