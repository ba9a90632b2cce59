"""A recording without labels, read and cut as the training data were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.arrays import SUFFIXES, read_stored_signal
from trial_runner.data.channels import pick_channels, referenced
from trial_runner.data.cutting import cut_windows
from trial_runner.data.entry import Entry
from trial_runner.data.plausibility import check_signal
from trial_runner.data.recording import Recording, array_recording, read_recording
from trial_runner.data.ts import read_ts
from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError, DataNotFoundError, UsageError
from trial_runner.final_model.prediction import Prediction

# What decides how a file becomes windows; where the training data lie does not.
_READING = {
    "classes", "labels", "label_from", "event_offset_seconds", "reference", "unit",
    "filter_low_hz", "filter_high_hz", "step_seconds",
}  # fmt: skip


class Cutting(NamedTuple):
    """How the user wants a recording cut; None for as in training.

    Attributes:
        step_seconds: Distance of the windows' starts.
        events: Names of the events after which windows are cut.
    """

    step_seconds: float | None = None
    events: tuple[str, ...] = ()


class Cut(NamedTuple):
    """Windows of a recording.

    Attributes:
        windows: Their signal; labels and subjects are empty words.
        starts_seconds: (n,) when each begins; None where the file holds windows without times.
    """

    windows: Windows
    starts_seconds: NDArray[np.float64] | None

    def prediction(self, probabilities: NDArray[np.floating]) -> Prediction:
        """Return what is said of these windows."""
        seconds = self.windows.signal.shape[2] / self.windows.sfreq_hz
        known = self.starts_seconds is not None
        said = probabilities.astype(np.float64)
        return Prediction(self.starts_seconds, seconds if known else None, said)


def takes_windows(
    channels: tuple[str, ...], sfreq_hz: float, samples: int, entry: Entry | None
) -> dict[str, Any]:
    """Return what a recording must be for a model of windows, as JSON values.

    Args:
        channels: Of the training data.
        sfreq_hz: Of the training data.
        samples: Of a window.
        entry: How the training data were read; None for a simulation.
    """
    reading = entry.model_dump(mode="json", include=_READING) if entry else {}
    return {
        "kind": "windows",
        "channels": list(channels),
        "sfreq_hz": sfreq_hz,
        "samples": samples,
        "reading": reading,
    }


def read_windows(
    path: Path, takes: Mapping[str, Any], classes: tuple[str, ...], cutting: Cutting
) -> Cut:
    """Read a recording into windows like those of the training.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: It cannot be read, lacks channels, or is shorter than a window.
        UsageError: The cutting that is asked for is not possible.
    """
    if not path.exists():
        raise DataNotFoundError(f"{path}: there is no such recording")
    entry, samples = _entry(takes, classes), int(takes["samples"])
    if path.suffix == ".ts":
        signal, _ = read_ts(path)
        cut = _ready(path, entry, signal, (), entry.sfreq_hz)
    elif path.suffix in SUFFIXES:
        cut = _of_arrays(path, entry, samples, cutting)
    else:
        cut = _of_recording(path, entry, read_recording(path, entry), samples, cutting)
    if cut.windows.signal.shape[2] != samples:
        raise DataError(
            f"{path} holds windows of {cut.windows.signal.shape[2]} samples; the model was "
            f"trained on {samples} at {entry.sfreq_hz:g} Hz"
        )
    check_signal(cut.windows.signal, cut.windows.channels, str(path))
    return cut


def read_continuous(path: Path, rates_hz: Sequence[float]) -> Recording:
    """Read a whole recording with all its channels, in volts.

    Args:
        path: EDF, BDF, FIF and the like; or .npz with `signal` in volts, `channels`, `sfreq_hz`.
        rates_hz: Sampling frequencies that may stay; another one becomes the highest below it.

    Raises:
        DataError: It cannot be read, or its rate is below all of these.
    """
    nothing: dict[str, Any] = {"name": "recording", "files": ".*", "classes": ("a", "b")}
    entry = Entry(**nothing)
    if path.suffix in SUFFIXES:
        stored = read_stored_signal(path)
        if stored.signal.ndim != 2 or stored.sfreq_hz is None or not stored.channels:
            raise DataError(
                f"{path}: expected are signal (channels, samples), channels and sfreq_hz"
            )
        read = array_recording(path, stored, stored.sfreq_hz, entry)
    else:
        read = read_recording(path, entry)
    if not rates_hz or read.sfreq_hz in rates_hz:
        return read
    below = [rate for rate in rates_hz if rate < read.sfreq_hz]
    if not below:
        raise DataError(
            f"{path} is sampled at {read.sfreq_hz:g} Hz; the model was trained at "
            f"{min(rates_hz):g} Hz or more"
        )
    signal = resampled(read.signal, read.sfreq_hz, max(below))
    return Recording(signal, max(below), read.channels, read.events)


def resampled(
    signal: NDArray[np.float32], sfreq_hz: float, wanted_hz: float
) -> NDArray[np.float32]:
    """Return a signal (..., samples) at another sampling frequency."""
    from fractions import Fraction

    from scipy.signal import resample_poly

    ratio = Fraction(wanted_hz / sfreq_hz).limit_denominator(1000)
    found = resample_poly(signal, ratio.numerator, ratio.denominator, axis=-1)
    return np.asarray(found, np.float32)


def _entry(takes: Mapping[str, Any], classes: tuple[str, ...]) -> Entry:
    known = {"classes": classes} | dict(takes["reading"])
    seconds = takes["samples"] / takes["sfreq_hz"]
    return Entry(
        name="recording", files=".*", channels=tuple(takes["channels"]),
        sfreq_hz=takes["sfreq_hz"], window_seconds=seconds, **known,
    )  # fmt: skip


def _of_arrays(path: Path, entry: Entry, samples: int, cutting: Cutting) -> Cut:
    stored = read_stored_signal(path)
    sfreq_hz = stored.sfreq_hz or entry.sfreq_hz
    assert sfreq_hz is not None  # every model knows its own
    if stored.signal.ndim == 2:
        read = array_recording(path, stored, sfreq_hz, entry)
        return _of_recording(path, entry, read, samples, cutting)
    if sfreq_hz != entry.sfreq_hz:
        raise DataError(
            f"{path} holds windows of {sfreq_hz:g} Hz; the model takes {entry.sfreq_hz:g} Hz. "
            "Give the whole recording (channels, samples), which is resampled"
        )
    return _ready(path, entry, stored.signal, stored.channels, sfreq_hz)


def _ready(
    path: Path,
    entry: Entry,
    signal: NDArray[np.float32],
    channels: tuple[str, ...],
    sfreq_hz: float | None,
) -> Cut:
    """Return windows that somebody else has cut, (n, channels, samples)."""
    if not channels and signal.shape[1] != len(entry.channels):
        raise DataError(
            f"{path} has {signal.shape[1]} channels without names; the model takes "
            f"{len(entry.channels)}: {', '.join(entry.channels)}"
        )
    channels = channels or entry.channels
    picked = pick_channels(path, entry.channels, entry.reference, channels)
    rows = [channels.index(name) for name in picked.written]
    volts = referenced(signal[:, rows], picked) * np.float32(entry.unit_in_volts)
    return Cut(_windows(volts.astype(np.float32), entry, float(sfreq_hz or 0)), None)


def _of_recording(
    path: Path, entry: Entry, read: Recording, samples: int, cutting: Cutting
) -> Cut:
    length = read.signal.shape[1]
    if length < samples:
        raise DataError(
            f"{path} lasts {length / read.sfreq_hz:g} s, less than one window of "
            f"{samples / read.sfreq_hz:g} s"
        )
    if cutting.events or (entry.label_from == "events" and cutting.step_seconds is None):
        starts = _after_events(path, entry, read, samples, cutting.events)
        signal = np.stack([read.signal[:, start : start + samples] for start in starts])
    else:
        step_seconds = cutting.step_seconds or entry.step_seconds or entry.window_seconds or 0
        step = max(1, round(step_seconds * read.sfreq_hz))
        signal, _ = cut_windows(read.signal, samples, step)
        starts = np.arange(len(signal)) * step
    return Cut(_windows(signal, entry, read.sfreq_hz), starts / read.sfreq_hz)


def _after_events(
    path: Path, entry: Entry, read: Recording, samples: int, wanted: tuple[str, ...]
) -> NDArray[np.int64]:
    """Return where the windows after events begin: those named, or those of the training."""
    names = set(wanted) or {*entry.classes, *entry.labels}
    starts = [
        round((onset + entry.event_offset_seconds) * read.sfreq_hz)
        for onset, name in read.events
        if name in names or name.split("/")[0] in names
    ]
    inside = [start for start in starts if 0 <= start <= read.signal.shape[1] - samples]
    if not inside:
        present = sorted({name for _, name in read.events})
        raise UsageError(
            f"{path} has no event {' or '.join(map(repr, sorted(names)))} with a whole window "
            f"after it; its events: {', '.join(present) or 'none'}. Name some with --events=A,B, "
            "or take windows throughout with --step_seconds=N"
        )
    return np.array(inside, np.int64)


def _windows(signal: NDArray[np.float32], entry: Entry, sfreq_hz: float) -> Windows:
    nothing = np.full(len(signal), "")
    targets = Targets(np.zeros(len(signal), np.int64), nothing, nothing, entry.classes)
    return Windows(signal, targets, sfreq_hz, entry.channels)
