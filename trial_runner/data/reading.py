"""From one file of a data set to labelled windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.arrays import SUFFIXES, read_stored_signal
from trial_runner.data.channels import pick_channels, referenced
from trial_runner.data.cutting import class_index, cut
from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile
from trial_runner.data.plausibility import check_signal
from trial_runner.data.recording import array_recording, read_recording
from trial_runner.data.ts import read_ts
from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError


def read_file(file: DataFile, entry: Entry, one_subject: bool) -> Windows:
    """Read one file of a data set into labelled windows.

    Args:
        file: The file and what its path tells.
        entry: The data set's.
        one_subject: Whether all files are of one person, who is then split by stretches.

    Raises:
        DataError: The file cannot be used; the message says why.
    """
    if file.path.suffix == ".ts":
        read = _read_trials(file, entry)
    elif file.path.suffix in SUFFIXES:
        read = _read_arrays(file, entry, one_subject)
    else:
        read = cut(file, entry, read_recording(file.path, entry), one_subject)
    if len(read.signal):
        check_signal(read.signal, read.channels, str(file.path))
    return read


def _read_trials(file: DataFile, entry: Entry) -> Windows:
    """Read a file of trials, each of which stands for itself."""
    signal, labels = read_ts(file.path)
    if entry.sfreq_hz is None:
        raise DataError(f"{entry.name}: .ts files name no sampling frequency; set sfreq_hz")
    return _of_windows(file, entry, signal, np.array(labels), entry.sfreq_hz, ())


def _read_arrays(file: DataFile, entry: Entry, one_subject: bool) -> Windows:
    stored = read_stored_signal(file.path)
    sfreq_hz = stored.sfreq_hz or entry.sfreq_hz
    if sfreq_hz is None:
        raise DataError(f"{file.path} names no sampling frequency; set sfreq_hz in the entry")
    if stored.signal.ndim == 2:
        return cut(file, entry, array_recording(file.path, stored, sfreq_hz, entry), one_subject)
    if entry.filter_low_hz or entry.filter_high_hz or entry.sfreq_hz not in (None, sfreq_hz):
        raise DataError(
            f"{file.path} holds windows of {sfreq_hz:g} Hz; filters and resampling need the whole "
            "recording (channels, samples). Store that, or leave filter_low_hz, filter_high_hz "
            "and sfreq_hz out of the entry"
        )
    labels = stored.labels
    if labels is None:
        if file.label is None:
            raise DataError(f"{file.path} has no array labels, and its path no (?P<label>…)")
        labels = np.full(len(stored.signal), file.label)
    return _of_windows(file, entry, stored.signal, labels, sfreq_hz, stored.channels)


def _of_windows(
    file: DataFile,
    entry: Entry,
    signal: NDArray[np.floating],
    labels: NDArray[np.str_],
    sfreq_hz: float,
    channels: tuple[str, ...],
) -> Windows:
    """Return windows that were cut by somebody else, (n, channels, samples)."""
    channels = channels or entry.channels
    channels = channels or tuple(f"channel {i + 1}" for i in range(signal.shape[1]))
    if len(channels) != signal.shape[1]:
        raise DataError(
            f"{file.path} has {signal.shape[1]} channels, the entry names {len(channels)}"
        )
    picked = pick_channels(file.path, entry.channels, entry.reference, channels)
    signal = referenced(signal[:, [channels.index(name) for name in picked.written]], picked)
    session = f"{file.session}:" if file.session else f"{file.path.name}:"
    blocks = np.array([f"{session}{index}" for index in range(len(signal))])
    indices = np.array([class_index(file.path, entry, str(label)) for label in labels])
    scaled = (signal * np.float32(entry.unit_in_volts)).astype(np.float32)
    targets = Targets(indices, np.full(len(signal), file.subject), blocks, entry.classes)
    return Windows(scaled, targets, sfreq_hz, picked.names)
