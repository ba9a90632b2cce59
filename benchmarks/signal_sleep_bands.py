"""Band powers of a night: cumulative spectra beside a spectrum for every set of bands.

    python benchmarks/signal_sleep_bands.py

Naive: Welch's spectrum of every epoch and the trapezoidal rule for each band, whenever edges
change. Ours: differences of one cumulative spectrum, computed once a night. One channel, 8 hours
at 100 Hz; powers are compared as well.
"""

from __future__ import annotations

import timeit
from itertools import pairwise

import numpy as np
from scipy.integrate import trapezoid
from scipy.signal import welch

from trial_runner.components.sleep.spectra import band_powers, cumulative_spectra
from trial_runner.simulation import NightPlan, simulate_nights

EDGES_HZ = np.array([0.5, 4.0, 8.0, 12.0, 16.0, 30.0, 50.0])


def naive(epochs: np.ndarray, sfreq_hz: float) -> np.ndarray:
    """Return powers (bands, channels, epochs) from the signal."""
    frequency_hz, density = welch(epochs, sfreq_hz, nperseg=round(4 * sfreq_hz), axis=-1)
    powers = []
    for low, high in pairwise(EDGES_HZ):
        inside = (frequency_hz >= low) & (frequency_hz <= high)
        powers.append(trapezoid(density[..., inside], frequency_hz[inside], axis=-1))
    return np.stack(powers)


def main() -> None:
    """Time both ways and print the ratio."""
    night = simulate_nights(NightPlan(subjects=1, hours=8.0))[0]
    epochs = night.signal[:1].reshape(1, len(night.hypnogram), -1)
    once = min(timeit.repeat(lambda: cumulative_spectra(epochs, 100.0), number=1, repeat=3))
    spectra = cumulative_spectra(epochs, night.sfreq_hz)
    slow = min(timeit.repeat(lambda: naive(epochs, night.sfreq_hz), number=1, repeat=5))
    fast = min(timeit.repeat(lambda: band_powers(spectra, EDGES_HZ), number=200, repeat=5)) / 200
    equal = np.allclose(naive(epochs, night.sfreq_hz), band_powers(spectra, EDGES_HZ))
    print(f"{epochs.shape[1]} epochs: naive {slow * 1e3:.0f} ms, cumulative {fast * 1e6:.0f} us "
          f"({slow / fast:.0f} times) after {once * 1e3:.0f} ms once a night; "
          f"equal: {equal}")  # fmt: skip


if __name__ == "__main__":
    main()
