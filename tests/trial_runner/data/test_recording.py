from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trial_runner.data.entry import Entry
from trial_runner.data.recording import read_recording
from trial_runner.errors import DataError

CHANNELS = ["Fz", "Cz", "Oz"]


def _entry(**fields: Any) -> Entry:
    return Entry(name="x", files=r".*\.edf", classes=("a", "b"), **fields)


@pytest.fixture
def edf(tmp_path: Path, write_edf: Callable[..., Path]) -> Path:
    seconds = np.arange(20 * 100) / 100
    slow, fast = np.sin(2 * np.pi * 2 * seconds), np.sin(2 * np.pi * 30 * seconds)
    signal = np.stack([50 * slow, 20 * fast, 50 * slow + 20 * fast])
    return write_edf(tmp_path / "x.edf", signal, 100, CHANNELS)


def test_channels_in_the_order_of_the_entry_in_volts(edf: Path) -> None:
    signal, sfreq_hz, names, *_ = read_recording(edf, _entry(channels=("Oz", "Fz")))
    assert (names, sfreq_hz, signal.shape, signal.dtype) == (
        ("Oz", "Fz"), 100.0, (2, 2000), np.float32
    )  # fmt: skip
    assert np.abs(signal[1]).max() == pytest.approx(50e-6, rel=0.01)


def test_all_channels_where_the_entry_names_none(edf: Path) -> None:
    assert read_recording(edf, _entry())[2] == tuple(CHANNELS)


def test_filters_remove_what_they_say(edf: Path) -> None:
    low_passed, *_ = read_recording(edf, _entry(filter_high_hz=10))
    middle = slice(500, 1500)
    assert np.abs(low_passed[1, middle]).max() < 0.5e-6
    np.testing.assert_allclose(low_passed[2, middle], low_passed[0, middle], atol=1e-6)
    high_passed, *_ = read_recording(edf, _entry(filter_low_hz=10))
    assert np.abs(high_passed[0, middle]).max() < 0.5e-6


def test_resampling(edf: Path) -> None:
    signal, sfreq_hz, *_ = read_recording(edf, _entry(sfreq_hz=50))
    assert (sfreq_hz, signal.shape) == (50.0, (3, 1000))


def test_a_filter_above_half_the_frequency_is_named(edf: Path) -> None:
    with pytest.raises(DataError, match=r"x\.edf: .*Nyquist"):
        read_recording(edf, _entry(filter_high_hz=80))


def test_a_missing_channel_is_named(edf: Path) -> None:
    with pytest.raises(DataError, match=r"no channel 'Czz'; did you mean Cz\? It has Fz, Cz, Oz"):
        read_recording(edf, _entry(channels=("Czz",)))


@pytest.mark.parametrize("kept_bytes", [0, 100, 300, 3000])
def test_a_torn_file_is_named(edf: Path, kept_bytes: int) -> None:
    edf.write_bytes(edf.read_bytes()[:kept_bytes])
    with pytest.raises(DataError, match=r"x\.edf cannot be read as a recording"):
        read_recording(edf, _entry())


def test_what_is_no_edf_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(DataError, match=r"x\.edf cannot be read as a recording"):
        read_recording(path, _entry())
