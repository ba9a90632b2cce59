from __future__ import annotations

import numpy as np
import pytest

from trial_runner.data.plausibility import check_signal
from trial_runner.errors import DataError

CHANNELS = ("Fz", "Cz")


def _signal(volts: float = 20e-6) -> np.ndarray:
    return volts * np.random.default_rng(0).standard_normal((5, 2, 100))


def test_eeg_passes() -> None:
    check_signal(_signal(), CHANNELS, "S1")
    check_signal(_signal()[0], CHANNELS, "S1")


@pytest.mark.parametrize(
    ("volts", "message"),
    [
        (20.0, "vary by 19.* V.*microvolts"),
        (20e-12, "vary by 1.*e-11 V.*converted to volts twice"),
    ],
)
def test_a_unit_mistaken_by_a_million_is_caught(volts: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_signal(_signal(volts), CHANNELS, "S1")


def test_values_that_are_not_finite_are_named() -> None:
    signal = _signal()
    signal[3, 1, 7] = np.nan
    with pytest.raises(DataError, match="S1: channel Cz has values that are not finite"):
        check_signal(signal, CHANNELS, "S1")


def test_flat_channels_are_named() -> None:
    signal = _signal()
    signal[:, 0] = 1e-6
    with pytest.raises(DataError, match="S1: flat throughout: Fz"):
        check_signal(signal, CHANNELS, "S1")


def test_nothing_is_too_short() -> None:
    with pytest.raises(DataError, match="shorter than an epoch"):
        check_signal(np.empty((0, 2, 100)), CHANNELS, "S1")
