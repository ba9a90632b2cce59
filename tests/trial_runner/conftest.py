from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

EdfWriter = Callable[..., Path]


def _field(text: object, width: int) -> bytes:
    return str(text).ljust(width)[:width].encode("ascii")


def _write_edf(
    path: Path,
    signal_microvolts: NDArray[np.float64],
    sfreq_hz: int,
    channels: Sequence[str],
) -> Path:
    """Write European Data Format, one-second records, ±3276.7 µV."""
    count, samples = signal_microvolts.shape
    records = samples // sfreq_hz
    head = _field("0", 8) + _field("X X X X", 80) + _field("Startdate X X X X", 80)
    head += _field("01.01.26", 8) + _field("00.00.00", 8) + _field(256 * (count + 1), 8)
    head += _field("", 44) + _field(records, 8) + _field(1, 8) + _field(count, 4)
    fields: list[tuple[Sequence[object], int]] = [
        (channels, 16),
        ([""] * count, 80),
        (["uV"] * count, 8),
        (["-3276.7"] * count, 8),
        (["3276.7"] * count, 8),
        (["-32767"] * count, 8),
        (["32767"] * count, 8),
        ([""] * count, 80),
        ([sfreq_hz] * count, 8),
        ([""] * count, 32),
    ]
    for values, width in fields:
        head += b"".join(_field(value, width) for value in values)
    digital = np.round(signal_microvolts * 10).astype("<i2")
    body = digital[:, : records * sfreq_hz].reshape(count, records, sfreq_hz).transpose(1, 0, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + body.tobytes())
    return path


@pytest.fixture(scope="session")
def write_edf() -> EdfWriter:
    return _write_edf


@pytest.fixture
def edf_data_set(tmp_path: Path) -> Path:
    """Six subjects, two recordings of 24 s each: alpha waves with eyes closed, none with open."""
    rng = np.random.default_rng(0)
    seconds = np.arange(24 * 64) / 64
    for subject in range(6):
        for label, alpha in (("open", 3.0), ("closed", 12.0)):
            noise = rng.normal(0, 10, (3, len(seconds)))
            signal = noise + alpha * np.sin(2 * np.pi * 10 * seconds + rng.uniform(0, 6))
            path = tmp_path / "recordings" / f"S{subject}_{label}.edf"
            _write_edf(path, signal, 64, ["Fz", "Cz", "Oz"])
    folder = tmp_path / "recordings"
    (folder / "dataset.yaml").write_text(
        "name: eyes\n"
        "files: S(?P<subject>\\d+)_(?P<label>open|closed)\\.edf\n"
        "classes: [open, closed]\n"
        "window_seconds: 2\n"
        "test_subjects_share: 0.3\n"
    )
    return folder
