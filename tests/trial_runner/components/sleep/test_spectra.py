from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.signal import welch

from trial_runner.components.sleep.spectra import band_powers, cumulative_spectra, usable_edges
from trial_runner.errors import DataError

SFREQ_HZ = 100.0
EPOCHS = np.random.default_rng(0).standard_normal((2, 3, 3000))
EDGES_HZ = {"delta": 0.5, "theta": 4.0, "alpha": 8.0, "sigma": 12.0, "end": 16.0}


def _naive(low_hz: float, high_hz: float) -> np.ndarray:
    frequency_hz, density = welch(EPOCHS, SFREQ_HZ, nperseg=400, axis=-1)
    inside = (frequency_hz >= low_hz) & (frequency_hz <= high_hz)
    return trapezoid(density[..., inside], frequency_hz[inside], axis=-1)


def test_bands_on_the_grid_equal_the_integral_of_the_spectrum() -> None:
    spectra = cumulative_spectra(EPOCHS, SFREQ_HZ)
    edges = np.array([0.5, 4.5, 8.0, 30.0, 50.0])
    power = band_powers(spectra, edges)
    assert power.shape == (4, 2, 3)
    for band, (low, high) in enumerate(pairwise(edges)):
        np.testing.assert_allclose(power[band], _naive(low, high), rtol=1e-9)


def test_between_the_points_power_grows_evenly() -> None:
    spectra = cumulative_spectra(EPOCHS, SFREQ_HZ)
    power = band_powers(spectra, np.array([4.0, 4.1, 4.25]))
    np.testing.assert_allclose(power[0] / power.sum(axis=0), 0.4, rtol=1e-9)


def test_all_bands_together_are_the_variance() -> None:
    spectra = cumulative_spectra(EPOCHS, SFREQ_HZ)
    total = band_powers(spectra, np.array([0.0, spectra.highest_hz]))
    np.testing.assert_allclose(total[0], EPOCHS.var(axis=-1), rtol=0.1)


@pytest.mark.parametrize(
    ("highest_hz", "names", "edges"),
    [
        (50.0, ("delta", "theta", "alpha", "sigma"), [0.5, 4, 8, 12, 16]),
        (14.0, ("delta", "theta", "alpha", "sigma"), [0.5, 4, 8, 12, 14]),
        (12.0, ("delta", "theta", "alpha"), [0.5, 4, 8, 12]),
        (3.0, ("delta",), [0.5, 3]),
    ],
)
def test_bands_above_half_the_sampling_frequency_go(
    highest_hz: float, names: tuple[str, ...], edges: list[float]
) -> None:
    kept, usable = usable_edges(EDGES_HZ, highest_hz)
    assert kept == names
    assert usable.tolist() == edges


def test_edges_must_ascend() -> None:
    with pytest.raises(DataError, match="theta begins at 9 Hz, alpha at 8 Hz"):
        usable_edges({**EDGES_HZ, "theta": 9.0}, 50.0)
    with pytest.raises(DataError, match=r"no band begins below 0\.5 Hz"):
        usable_edges(EDGES_HZ, 0.5)


def test_short_epochs_are_refused() -> None:
    with pytest.raises(DataError, match=r"epochs of 3 s are shorter than the 4 s"):
        cumulative_spectra(np.zeros((1, 1, 300)), SFREQ_HZ)
