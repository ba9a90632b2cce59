from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError
from trial_runner.features.band_power import BANDS_HZ, log_band_power


def _windows(signal: np.ndarray, sfreq_hz: float = 128.0) -> Windows:
    count, channels, _ = signal.shape
    targets = Targets(
        np.zeros(count, np.int64),
        np.full(count, "s"),
        np.arange(count).astype(np.str_),
        ("a", "b"),
    )
    names = tuple(f"c{i}" for i in range(channels))
    return Windows(signal.astype(np.float32), targets, sfreq_hz, names)


@pytest.mark.parametrize("band", list(BANDS_HZ))
def test_a_sine_shows_in_its_band_with_its_power(band: str) -> None:
    frequency_hz = round(np.mean(BANDS_HZ[band]))
    seconds = np.arange(512) / 128
    signal = 10e-6 * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * seconds)
    power = log_band_power(_windows(signal[None, None]))[0]
    index = list(BANDS_HZ).index(band)
    assert power.argmax() == index
    assert 10 ** power[index] == pytest.approx((10e-6) ** 2, rel=0.1)  # some leaks out


def test_band_by_band_a_channel_as_welch_integrates() -> None:
    signal = np.random.default_rng(0).normal(0, 1e-5, (3, 2, 640)).astype(np.float32)
    features = log_band_power(_windows(signal))
    assert features.shape == (3, 2 * len(BANDS_HZ))
    frequency_hz, density = welch(signal[1, 1], 128.0, nperseg=256)
    alpha = (frequency_hz >= 8) & (frequency_hz < 13)
    expected = np.log10(density[alpha].sum() * 0.5)
    assert features[1, len(BANDS_HZ) + list(BANDS_HZ).index("alpha")] == pytest.approx(
        expected, rel=1e-5
    )


def test_a_dead_channel_stays_finite() -> None:
    assert np.isfinite(log_band_power(_windows(np.zeros((2, 1, 512))))).all()


def test_bands_above_half_the_frequency_are_left_out() -> None:
    assert log_band_power(_windows(np.ones((1, 1, 256)), 64.0)).shape == (1, 4)


def test_windows_too_short_are_named() -> None:
    with pytest.raises(DataError, match=r"windows of 0\.25 s are too short for the power of del"):
        log_band_power(_windows(np.ones((1, 1, 32))))
