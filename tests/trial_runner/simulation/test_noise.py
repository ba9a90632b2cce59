from __future__ import annotations

import numpy as np
import pytest

from trial_runner.simulation.noise import background, rhythm, shaped_noise

SFREQ_HZ = 100.0


def _slope(signal: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = (np.abs(np.fft.rfft(signal, axis=-1)) ** 2).mean(axis=0)
    frequencies = np.fft.rfftfreq(signal.shape[-1], 1 / SFREQ_HZ)
    inside = (frequencies >= low_hz) & (frequencies <= high_hz)
    return float(np.polyfit(np.log(frequencies[inside]), np.log(power[inside]), 1)[0])


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_the_background_falls_with_its_exponent(exponent: float) -> None:
    signal = background(np.random.default_rng(0), (200, 1000), SFREQ_HZ, exponent)
    assert signal.std() == pytest.approx(1.0, abs=0.05)
    assert _slope(signal, 1, 45) == pytest.approx(-exponent, abs=0.05)


@pytest.mark.parametrize("samples", [999, 1000])
def test_a_rhythm_is_where_it_is_said_to_be(samples: int) -> None:
    signal = rhythm(np.random.default_rng(0), (200, samples), SFREQ_HZ, 12.0, 1.0)
    power = (np.abs(np.fft.rfft(signal, axis=-1)) ** 2).mean(axis=0)
    frequencies = np.fft.rfftfreq(samples, 1 / SFREQ_HZ)
    assert (power @ frequencies) / power.sum() == pytest.approx(12.0, abs=0.1)
    assert signal.std() == pytest.approx(1.0, abs=0.05)


def test_an_empty_spectrum_is_refused() -> None:
    with pytest.raises(ValueError, match="no power for 100 samples at 100 Hz"):
        shaped_noise(np.random.default_rng(0), (100,), SFREQ_HZ, np.zeros_like)
