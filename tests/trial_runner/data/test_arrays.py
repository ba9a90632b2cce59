"""Signals stored as .npy, .npz and zarr become the same windows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trial_runner.data.arrays import read_stored_signal
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import open_part, read_windows
from trial_runner.errors import DataError

SIGNAL = np.random.default_rng(0).normal(0, 2e-5, (6, 2, 64))
LABELS = np.array(["low", "high"] * 3)
ENTRY = "name: x\nfiles: {files}\nclasses: [low, high]\nwindow_seconds: 0.5\n"


def _write(folder: Path, kind: str, **arrays: Any) -> Path:
    path = folder / f"S1.{kind}"
    if kind == "npz":
        np.savez(path, **arrays)
    elif kind == "npy":
        np.save(path, arrays["signal"])
    else:
        zarr = pytest.importorskip("zarr")
        group = zarr.open_group(str(path), mode="w")
        values = np.asarray(arrays["signal"])
        group.create_array("signal", shape=values.shape, dtype=values.dtype)[...] = values
        for name in ("labels", "channels", "sfreq_hz"):
            if name in arrays:
                group.attrs[name] = np.asarray(arrays[name]).tolist()
    return path


@pytest.mark.parametrize("kind", ["npz", "zarr"])
def test_windows_with_labels_of_their_own(kind: str, tmp_path: Path) -> None:
    _write(tmp_path, kind, signal=SIGNAL, labels=LABELS, channels=["Fz", "Cz"], sfreq_hz=128.0)
    entry = ENTRY.format(files=rf"(?P<subject>S\d+)\.{kind}")
    (tmp_path / "dataset.yaml").write_text(entry + "channels: [Cz]\n")
    windows = read_windows(find_data(str(tmp_path)), "development")
    np.testing.assert_allclose(windows.signal, SIGNAL[:, 1:], rtol=1e-6)
    assert windows.targets.labels.tolist() == [0, 1] * 3
    assert (windows.channels, windows.sfreq_hz) == (("Cz",), 128.0)


@pytest.mark.parametrize("kind", ["npz", "npy", "zarr"])
def test_continuous_arrays_are_cut_and_filtered(kind: str, tmp_path: Path) -> None:
    for folder in ("low/a", "high/a", "low/b", "high/b"):
        (tmp_path / folder).mkdir(parents=True)
        _write(tmp_path / folder, kind, signal=SIGNAL.transpose(1, 0, 2).reshape(2, 384) * 1e6)
    (tmp_path / "dataset.yaml").write_text(
        ENTRY.format(files=rf"(?P<label>low|high)/(?P<subject>\w)/S1\.{kind}")
        + "unit: microvolts\nsfreq_hz: 128\nfilter_high_hz: 40\n"
    )
    windows = read_windows(find_data(str(tmp_path)), "development")
    assert windows.signal.shape == (4 * 6, 2, 64)
    assert np.bincount(windows.targets.labels).tolist() == [12, 12]
    assert 5e-6 < windows.signal.std() < 2e-5  # volts, without what lies above 40 Hz


def test_a_changed_zarr_chunk_changes_the_key(tmp_path: Path) -> None:
    path = _write(tmp_path, "zarr", signal=SIGNAL, labels=LABELS, sfreq_hz=128.0)
    (tmp_path / "dataset.yaml").write_text(ENTRY.format(files=r"S1\.zarr"))
    first = open_part(find_data(str(tmp_path)), "development", None).key
    import zarr

    zarr.open_group(str(path), mode="a")["signal"][0] = 1e-5 * SIGNAL[1] / SIGNAL.std()
    assert open_part(find_data(str(tmp_path)), "development", None).key != first


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"other": SIGNAL}, "lacks the array signal; it has other"),
        ({"signal": SIGNAL[0, 0]}, r"signal has shape \(64,\)"),
        ({"signal": np.array([["a"]])}, "expected numbers"),
        ({"signal": SIGNAL, "channels": ["Fz"]}, "signal has 2 channels .*, channels names 1"),
        ({"signal": SIGNAL, "labels": ["low"]}, r"labels has shape \(1,\), signal \(6, 2, 64\)"),
        ({"signal": SIGNAL[0], "labels": ["low"]}, "each window"),
    ],
)
def test_arrays_that_do_not_fit_are_named(
    arrays: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=rf"S1\.npz.*{message}"):
        read_stored_signal(_write(tmp_path, "npz", **arrays))


@pytest.mark.parametrize("kind", ["npz", "npy", "zarr"])
def test_damaged_files_are_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"S1.{kind}"
    path.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(DataError, match=rf"S1\.{kind} cannot be read"):
        read_stored_signal(path)


@pytest.mark.parametrize(
    ("arrays", "more", "message"),
    [
        ({"signal": SIGNAL, "labels": LABELS}, "", "names no sampling frequency"),
        ({"signal": SIGNAL}, "sfreq_hz: 128\n", "no array labels, and its path no"),
        ({"signal": SIGNAL, "labels": LABELS, "sfreq_hz": 128}, "filter_low_hz: 1\n", "filters"),
        ({"signal": SIGNAL * 1e6, "labels": LABELS}, "sfreq_hz: 128\n", "microvolts"),
        ({"signal": SIGNAL * 1e-6, "labels": LABELS}, "sfreq_hz: 128\n", "converted to volts tw"),
        (
            {"signal": SIGNAL * [[1], [0]], "labels": LABELS},
            "sfreq_hz: 1\n",
            "flat throughout: ch",
        ),
        ({"signal": SIGNAL, "labels": ["low"] * 6}, "sfreq_hz: 128\n", "nothing of class high"),
        ({"signal": SIGNAL, "labels": ["odd"] * 6}, "sfreq_hz: 128\n", "label 'odd' is none of"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(
    arrays: dict[str, Any], more: str, message: str, tmp_path: Path
) -> None:
    _write(tmp_path, "npz", **arrays)
    (tmp_path / "dataset.yaml").write_text(ENTRY.format(files=r"S1\.npz") + more)
    cache = tmp_path / "cache"
    with pytest.raises(DataError, match=message):
        open_part(find_data(str(tmp_path)), "development", cache)
    assert not list(cache.rglob("*.np[yz]"))  # nothing wrong is kept
