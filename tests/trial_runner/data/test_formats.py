"""The same recording in each format that MNE reads, written byte by byte as its makers say."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trial_runner.data.entry import Entry
from trial_runner.data.recording import read_recording

mne = pytest.importorskip("mne")

SFREQ_HZ, CHANNELS = 64, ("Fz", "Cz", "Oz")
MICROVOLTS = np.random.default_rng(0).normal(0, 20, (3, 8 * SFREQ_HZ))
ENTRY = Entry(name="any", files=".*", classes=("a", "b"), window_seconds=1)


def _bdf(path: Path) -> None:
    """24 bits, ±262 mV: https://www.biosemi.com/faq/file_format.htm"""
    gain = 1 / 32
    records = MICROVOLTS.reshape(3, 8, SFREQ_HZ).transpose(1, 0, 2) / gain
    digital = np.round(records).astype("<i4")
    body = digital.reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    first = (("BIOSEMI", 7), ("", 80), ("", 80), ("01.01.26", 8), ("00.00.00", 8), (4 * 256, 8),
             ("24BIT", 44), (8, 8), (1, 8), (3, 4))  # fmt: skip
    of_channels = (
        (CHANNELS, 16), (("active",) * 3, 80), (("uV",) * 3, 8), ((-262144,) * 3, 8),
        ((262144,) * 3, 8), ((-8388608,) * 3, 8), ((8388608 - 1,) * 3, 8), (("",) * 3, 80),
        ((SFREQ_HZ,) * 3, 8), (("",) * 3, 32),
    )  # fmt: skip
    head = "".join(str(value).ljust(width) for value, width in first)
    head += "".join(str(v).ljust(width) for values, width in of_channels for v in values)
    path.write_bytes(b"\xff" + head.encode("ascii") + body)


def _gdf(path: Path) -> None:
    """GDF 1.25, 16 bits, ±3276.7 µV: Schloegl 2006, arXiv:cs/0608052."""
    digital = np.round(MICROVOLTS * 10).reshape(3, 8, SFREQ_HZ).transpose(1, 0, 2).astype("<i2")
    head = b"GDF 1.25" + b"X X X".ljust(80) + b"X".ljust(80) + b"2026010100000000"
    head += struct.pack("<q24x20xqIII", 4 * 256, 8, 1, 1, 3)
    head += b"".join(name.encode().ljust(16) for name in CHANNELS) + b" " * 240
    head += b"uV      " * 3 + np.repeat([-3276.7, 3276.7], 3).astype("<f8").tobytes()
    head += np.repeat([-32767, 32767], 3).astype("<i8").tobytes() + b" " * 240
    head += np.repeat([SFREQ_HZ, 3], 3).astype("<i4").tobytes() + b" " * 96
    no_events = struct.pack("<B3xI", 1, 0)
    path.write_bytes(head + digital.tobytes() + no_events)


def _brain_vision(path: Path) -> None:
    rows = "\n".join(f"Ch{i}={name},,1,µV" for i, name in enumerate(CHANNELS, start=1))
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={path.stem}.eeg\nMarkerFile={path.stem}.vmrk\nDataFormat=BINARY\n"
        f"DataOrientation=MULTIPLEXED\nNumberOfChannels=3\nSamplingInterval={1e6 / SFREQ_HZ}\n\n"
        f"[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n\n[Channel Infos]\n{rows}\n",
        encoding="utf-8",
    )
    path.with_suffix(".vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={path.stem}.eeg\n\n[Marker Infos]\nMk1=New Segment,,1,1,0\n",
        encoding="utf-8",
    )
    path.with_suffix(".eeg").write_bytes(MICROVOLTS.T.astype("<f4").tobytes())


def _eeglab(path: Path) -> None:
    from scipy.io import savemat

    places = np.array([(name,) for name in CHANNELS], dtype=[("labels", "O")])
    samples = MICROVOLTS.shape[1]
    fields = {"data": MICROVOLTS, "srate": SFREQ_HZ, "nbchan": 3, "pnts": samples, "trials": 1,
              "xmin": 0.0, "xmax": samples / SFREQ_HZ, "chanlocs": places, "event": [],
              "epoch": [], "icawinv": [], "icaweights": [], "icasphere": []}  # fmt: skip
    savemat(path, {"EEG": fields}, appendmat=False)


def _fif(path: Path) -> None:
    info = mne.create_info(list(CHANNELS), SFREQ_HZ, "eeg")
    mne.io.RawArray(MICROVOLTS * 1e-6, info, verbose="error").save(path, verbose="error")


def _same(read: NDArray[np.float32], tolerance_microvolts: float) -> None:
    np.testing.assert_allclose(read * 1e6, MICROVOLTS, atol=tolerance_microvolts)


@pytest.mark.parametrize(
    ("name", "write", "tolerance_microvolts"),
    [
        ("S1.bdf", _bdf, 0.05),
        ("S1.gdf", _gdf, 0.06),
        ("S1.vhdr", _brain_vision, 1e-3),
        ("S1.set", _eeglab, 1e-3),
        ("S1_raw.fif", _fif, 1e-3),
    ],
)
def test_a_recording_comes_back_in_volts(
    name: str, write: Callable[[Path], None], tolerance_microvolts: float, tmp_path: Path
) -> None:
    write(tmp_path / name)
    read = read_recording(tmp_path / name, ENTRY)
    assert (read.channels, read.sfreq_hz) == (CHANNELS, SFREQ_HZ)
    _same(read.signal, tolerance_microvolts)


def test_edf(tmp_path: Path, write_edf: Callable[..., Path]) -> None:
    read = read_recording(write_edf(tmp_path / "S1.edf", MICROVOLTS, SFREQ_HZ, CHANNELS), ENTRY)
    _same(read.signal, 0.06)
