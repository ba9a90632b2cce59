from __future__ import annotations

import numpy as np
import pytest

from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError
from trial_runner.features.slow_potentials import (
    baseline_corrected_slow_potentials,
    slow_potentials,
)


def _windows(signal: np.ndarray) -> Windows:
    count = len(signal)
    targets = Targets(
        np.zeros(count, np.int64),
        np.full(count, "s"),
        np.arange(count).astype(np.str_),
        ("a", "b"),
    )
    return Windows(signal.astype(np.float32), targets, 256.0, ("c1", "c2"))


def test_a_ramp_gives_the_middles_of_its_segments() -> None:
    ramp = np.arange(896) / 256 * 1e-5  # 10 µV a second, 3.5 s
    signal = np.stack([ramp, -ramp])[None]
    features = slow_potentials(_windows(signal)).reshape(2, 7)
    expected = (np.arange(7) * 0.5 + 0.25) * 1e-5
    np.testing.assert_allclose(features[0], expected, atol=6e-8)
    np.testing.assert_allclose(features[1], -expected, atol=6e-8)


def test_fast_waves_leave_no_trace() -> None:
    wave = 50e-6 * np.sin(2 * np.pi * 21 * np.arange(896) / 256)
    features = slow_potentials(_windows(np.stack([wave, wave])[None])).reshape(2, 7)
    assert np.abs(features[:, 1:-1]).max() < 0.5e-6


def test_the_baseline_is_the_first_segment() -> None:
    signal = np.random.default_rng(0).normal(0, 1e-5, (4, 2, 896))
    offset = np.array([1e-4, -2e-4])[None, :, None]
    absolute = slow_potentials(_windows(signal)).reshape(4, 2, 7)
    corrected = baseline_corrected_slow_potentials(_windows(signal)).reshape(4, 2, 6)
    np.testing.assert_allclose(corrected, absolute[:, :, 1:] - absolute[:, :, :1], atol=1e-9)
    shifted = baseline_corrected_slow_potentials(_windows(signal + offset)).reshape(4, 2, 6)
    np.testing.assert_allclose(shifted, corrected, atol=1e-9)


def test_windows_too_short_are_named() -> None:
    with pytest.raises(DataError, match=r"windows of 0\.75 s are too short .* at least 1 s"):
        slow_potentials(_windows(np.zeros((1, 2, 192))))
