"""Continuous recordings (EDF, BDF, BrainVision, EEGLAB, FIF …), read and filtered by MNE."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.arrays import StoredSignal
from trial_runner.data.channels import pick_channels, referenced
from trial_runner.data.entry import Entry
from trial_runner.errors import DataError
from trial_runner.reporting import note

_BIDS_MARK = "dataset_description.json"


class Recording(NamedTuple):
    """A continuous recording.

    Attributes:
        signal: (channels, samples) in volts.
        sfreq_hz: Sampling frequency.
        channels: Names.
        events: Onset in seconds from the first sample, and name.
        durations: Of the events, in seconds.
    """

    signal: NDArray[np.float32]
    sfreq_hz: float
    channels: tuple[str, ...]
    events: tuple[tuple[float, str], ...] = ()
    durations: tuple[float, ...] = ()


def read_recording(path: Path, entry: Entry) -> Recording:
    """Read a recording, filtered and resampled as the entry says.

    Raises:
        DataError: The file is damaged, or lacks a channel that the entry names.
    """
    return _prepared(path, _open(path), entry)


def array_recording(path: Path, stored: StoredSignal, sfreq_hz: float, entry: Entry) -> Recording:
    """Return the recording of an array (channels, samples), filtered and resampled.

    Raises:
        DataError: It lacks a channel that the entry names.
    """
    import mne

    channels = stored.channels or entry.channels
    channels = channels or tuple(f"channel {i + 1}" for i in range(len(stored.signal)))
    if len(channels) != len(stored.signal):
        raise DataError(
            f"{path} has {len(stored.signal)} channels, the entry names {len(channels)}"
        )
    info = mne.create_info(list(channels), sfreq_hz, "eeg")
    volts = stored.signal.astype(np.float64) * entry.unit_in_volts
    return _prepared(path, mne.io.RawArray(volts, info, verbose="error"), entry)


def _prepared(path: Path, raw: Any, entry: Entry) -> Recording:
    first = raw.first_samp / raw.info["sfreq"] if raw.annotations.orig_time is not None else 0.0
    events = tuple(
        (float(onset) - first, str(name))
        for onset, name in zip(raw.annotations.onset, raw.annotations.description, strict=True)
    )
    picked = pick_channels(path, entry.channels, entry.reference, tuple(raw.ch_names))
    if picked.written != tuple(raw.ch_names):
        raw.pick(list(picked.written))
    try:
        raw.load_data(verbose="error")
        if not np.isfinite(raw.get_data()).all():
            raise DataError(
                f"{path} has values that are not finite; cut these stretches out or interpolate "
                "them first"
            )
        if entry.filter_low_hz or entry.filter_high_hz:
            raw.filter(entry.filter_low_hz, entry.filter_high_hz, picks="all", verbose="error")
        if entry.sfreq_hz and entry.sfreq_hz != raw.info["sfreq"]:
            raw.resample(entry.sfreq_hz, verbose="error")
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{path}: {_first_line(error)}") from None
    signal = referenced(raw.get_data(), picked).astype(np.float32)
    durations = tuple(float(one) for one in raw.annotations.duration)
    return Recording(signal, float(raw.info["sfreq"]), picked.names, events, durations)


def _open(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            # What readers warn of may quote the header, which names the person.
            warnings.simplefilter("ignore")
            # A header that promises more records than the file holds is a torn file.
            warnings.filterwarnings("error", message=".*(file size|truncated).*")
            return _open_in_bids(path) if _bids_root(path) else _open_alone(path)
    except DataError:
        raise
    except Exception as error:  # readers of damaged files fail in all ways
        raise DataError(
            f"{path} cannot be read as a recording ({reader_message(error)}); "
            "is it complete, and of the type its name says?"
        ) from None


def _open_alone(path: Path) -> Any:
    import mne

    return mne.io.read_raw(path, preload=False, verbose="warning")


def _open_in_bids(path: Path) -> Any:
    """Read with what lies beside it: types and units of channels, bad ones, events."""
    try:
        import mne_bids
    except ModuleNotFoundError:
        raise DataError(
            f"{path} lies in a BIDS folder, which needs mne-bids; pip install 'eegtune[signal]'"
        ) from None
    bids_path = mne_bids.get_bids_path_from_fname(path, verbose="error")
    raw = mne_bids.read_raw_bids(bids_path, verbose="error")
    if raw.info["bads"]:
        note(f"{path.name}: marked bad in channels.tsv: {', '.join(raw.info['bads'])}")
    return raw


def _bids_root(path: Path) -> Path | None:
    if not path.name.startswith("sub-"):
        return None
    return next((one for one in path.parents if (one / _BIDS_MARK).is_file()), None)


def reader_message(error: Exception) -> str:
    """Return what a reader says of a damaged file, without what it quotes: that may be a name.

    >>> reader_message(ValueError("invalid literal for int() with base 10: '7 Harry'"))
    'ValueError: invalid literal for int() with base 10: …'
    """
    return f"{type(error).__name__}: " + re.sub(r"b?(['\"]).*\1", "…", _first_line(error))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
