from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.components.sleep.night_features import (
    Channels,
    chosen_channels,
    night_base,
    night_features,
    time_domain,
)
from trial_runner.components.sleep.sources import NightSource
from trial_runner.errors import DataError
from trial_runner.simulation import Night

EDGES_HZ = np.array([0.5, 4.0, 8.0, 12.0])


def _source(night: Night) -> NightSource:
    return NightSource("S1", "S1", "key", lambda: night)


def _night(microvolts: float = 20.0, epochs: int = 3, scored: int = 3) -> Night:
    signal = microvolts * 1e-6 * np.random.default_rng(0).standard_normal((2, epochs * 1500))
    return Night("S1", signal, ("EOG", "C3"), 50.0, np.zeros(scored, np.int64))


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        (("EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal", "EMG submental"), Channels(),
         {"eeg": 0, "eog": 2, "emg": 3}),
        (("EOG", "chin", "C3"), Channels(), {"eeg": 2, "eog": 0, "emg": 1}),
        (("C3", "C4", "EMG"), Channels("C4", "", "none"), {"eeg": 1}),
        (("C3-A1",), Channels(), {"eeg": 0}),
    ],
)  # fmt: skip
def test_channels_are_found_by_name(
    present: tuple[str, ...], wanted: Channels, expected: dict[str, int]
) -> None:
    assert chosen_channels(present, wanted, "S1") == expected


def test_missing_channels_are_named() -> None:
    with pytest.raises(DataError, match=r"no channel 'C4'.*--eeg_channel"):
        chosen_channels(("C3",), Channels("C4"), "S1")
    with pytest.raises(DataError, match="none of EOG is EEG"):
        chosen_channels(("EOG",), Channels(), "S1")


def test_the_signal_is_read_once(tmp_path: Path) -> None:
    first = night_base(_source(_night()), Channels(), tmp_path)
    again = night_base(
        NightSource("S1", "S1", "key", lambda: pytest.fail("read again")), Channels(), tmp_path
    )
    np.testing.assert_array_equal(first.spectra.power, again.spectra.power)
    table = night_features(again, EDGES_HZ)
    assert table.shape == (3, 2 * (3 + 3 + 2) + 2 * 6)


def test_gain_moves_powers_and_not_shares() -> None:
    one, ten = (
        night_features(night_base(_source(_night(volts)), Channels(), None), EDGES_HZ)
        for volts in (10.0, 100.0)
    )
    np.testing.assert_allclose(ten[:, :6] - one[:, :6], 2.0, atol=1e-3)
    np.testing.assert_allclose(ten[:, 6:12], one[:, 6:12], atol=1e-4)


def test_hjorth_of_a_sine() -> None:
    time_seconds = np.arange(3000) / 100
    sine = np.sin(2 * np.pi * 2 * time_seconds)[None, None]
    deviation, mobility, complexity, crossings, skewness, kurtosis = time_domain(sine)[0]
    assert 10**deviation == pytest.approx(np.sqrt(0.5), rel=1e-3)
    assert mobility == pytest.approx(2 * np.pi * 2 / 100, rel=0.01)
    assert complexity == pytest.approx(1.0, abs=0.01)
    assert crossings == pytest.approx(4 / 100, abs=0.002)
    assert skewness == pytest.approx(0.0, abs=1e-6)
    assert 10**kurtosis == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize(
    ("night", "message"),
    [
        (_night(scored=4), r"the hypnogram has 4 epochs of 30 s, the signal lasts 90 s"),
        (_night(microvolts=20e6), "are the numbers microvolts"),
        (_night()._replace(signal=np.zeros((2, 4500))), "flat throughout: EOG, C3"),
    ],
)
def test_nights_that_cannot_be_used(night: Night, message: str) -> None:
    with pytest.raises(DataError, match=message):
        night_base(_source(night), Channels(), None)
