"""Continuous recordings (EDF, BDF, BrainVision, EEGLAB, FIF …), read and filtered by MNE."""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.entry import Entry
from trial_runner.errors import DataError, did_you_mean


def read_recording(path: Path, entry: Entry) -> tuple[NDArray[np.float32], float, tuple[str, ...]]:
    """Return the signal (channels, samples) in volts, its frequency in Hz and channel names.

    Raises:
        DataError: The file is damaged, or lacks a channel that the entry names.
    """
    raw = _open(path)
    if entry.channels:
        raw.pick(_channels(path, entry.channels, list(raw.ch_names)))
    try:
        raw.load_data(verbose="error")
        if entry.filter_low_hz or entry.filter_high_hz:
            raw.filter(entry.filter_low_hz, entry.filter_high_hz, picks="all", verbose="error")
        if entry.sfreq_hz and entry.sfreq_hz != raw.info["sfreq"]:
            raw.resample(entry.sfreq_hz, verbose="error")
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{path}: {_first_line(error)}") from None
    signal = raw.get_data().astype(np.float32)
    return signal, float(raw.info["sfreq"]), tuple(map(str, raw.ch_names))


def cut_windows(
    signal: NDArray[np.float32], window_samples: int, step_samples: int, stretches: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cut a recording into windows, none of which crosses from one stretch into the next.

    Args:
        signal: (channels, samples).
        window_samples: Length of a window.
        step_samples: Distance of starts.
        stretches: Number of equally long parts.

    Returns:
        Windows (n, channels, window_samples), and for each the index of its stretch.
    """
    edges = np.linspace(0, signal.shape[1], stretches + 1).astype(int)
    windows, stretch = [], []
    for index, (first, last) in enumerate(pairwise(edges)):
        for start in range(first, last - window_samples + 1, step_samples):
            windows.append(signal[:, start : start + window_samples])
            stretch.append(index)
    shape = (0, signal.shape[0], window_samples)
    return np.stack(windows) if windows else np.empty(shape, np.float32), np.array(stretch, int)


def _open(path: Path) -> Any:
    import mne

    try:
        with warnings.catch_warnings():
            # A header that promises more records than the file holds is a torn file.
            warnings.filterwarnings("error", message=".*(file size|truncated).*")
            return mne.io.read_raw(path, preload=False, verbose="warning")
    except Exception as error:  # readers of damaged files fail in all ways
        raise DataError(
            f"{path} cannot be read as a recording ({type(error).__name__}: "
            f"{_first_line(error)}); is it complete, and of the type its name says?"
        ) from None


def _channels(path: Path, wanted: tuple[str, ...], present: list[str]) -> list[str]:
    for name in wanted:
        if name not in present:
            raise DataError(
                f"{path} has no channel {name!r}{did_you_mean(name, present)} "
                f"It has {', '.join(present)} (field channels)"
            )
    return list(wanted)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
