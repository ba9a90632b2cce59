"""From a continuous recording to windows, all of one class or after events."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile
from trial_runner.data.intervals import Interval, interval_files, read_intervals
from trial_runner.data.recording import Recording
from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError

_STRETCHES_OF_ONE_SUBJECT = 10
_Cut = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_]]


def cut(file: DataFile, entry: Entry, read: Recording, one_subject: bool) -> Windows:
    """Cut a continuous recording into windows, all of one class or after events.

    Raises:
        DataError: It is shorter than a window, or its class is not known.
    """
    if entry.window_seconds is None:
        raise DataError(f"{entry.name}: recordings need the field window_seconds")
    window_samples = round(entry.window_seconds * read.sfreq_hz)
    if read.signal.shape[1] < window_samples:
        raise DataError(
            f"{file.path} lasts {read.signal.shape[1] / read.sfreq_hz:g} s, less than one window "
            f"(window_seconds: {entry.window_seconds:g}), so {entry.name} has no window of it"
        )
    if entry.label_from == "events":
        windows, labels, blocks = _after_events(file, entry, read, window_samples)
    elif entry.label_from == "intervals":
        windows, labels, blocks = _within_intervals(file, entry, read, window_samples)
    else:
        windows, labels, blocks = _throughout(file, entry, read, window_samples, one_subject)
    subjects = np.full(len(windows), file.subject)
    targets = Targets(labels, subjects, blocks, entry.classes)
    return Windows(windows, targets, read.sfreq_hz, read.channels)


def _throughout(
    file: DataFile, entry: Entry, read: Recording, window_samples: int, one_subject: bool
) -> _Cut:
    if file.label is None:
        raise DataError(
            f"{entry.name}: recordings need the group (?P<label>…) in the field files, or "
            "label_from: events or intervals"
        )
    index = class_index(file.path, entry, file.label)
    step_samples = max(1, round((entry.step_seconds or entry.window_seconds or 0) * read.sfreq_hz))
    stretches = _STRETCHES_OF_ONE_SUBJECT if one_subject and file.session is None else 1
    windows, stretch = cut_windows(read.signal, window_samples, step_samples, stretches)
    blocks = np.array([file.session or f"{file.path.name}:{one}" for one in stretch], np.str_)
    return windows, np.full(len(windows), index), blocks


def _after_events(file: DataFile, entry: Entry, read: Recording, window_samples: int) -> _Cut:
    """Cut one window after each event whose name is a class, or stands for one."""
    known = {name: _event_class(name, entry) for _, name in read.events}
    kept = [
        (round((onset + entry.event_offset_seconds) * read.sfreq_hz), known[name])
        for onset, name in read.events
        if known[name] in entry.classes
    ]
    if not kept:
        present = ", ".join(sorted(known)) or "none at all"
        raise DataError(
            f"{file.path}: no event is one of the classes {', '.join(entry.classes)}; its events: "
            f"{present} (fields classes and labels)"
        )
    inside = [(start, name) for start, name in kept
              if 0 <= start <= read.signal.shape[1] - window_samples]  # fmt: skip
    shape = (0, read.signal.shape[0], window_samples)
    cut = [read.signal[:, start : start + window_samples] for start, _ in inside]
    labels = np.array([entry.classes.index(name) for _, name in inside], np.int64)
    blocks = np.array(
        [file.session or f"{file.path.name}:{number}" for number in range(len(inside))], np.str_
    )
    return np.stack(cut) if cut else np.empty(shape, np.float32), labels, blocks


def _within_intervals(file: DataFile, entry: Entry, read: Recording, window_samples: int) -> _Cut:
    """Cut windows each of which lies in stretches of one class, or outside all of them."""
    samples = read.signal.shape[1]
    class_of = np.full(samples, _index(entry, entry.background), np.int8)
    for start, stop, name in _intervals(file, entry, read):
        rows = slice(max(0, round(start * read.sfreq_hz)), max(0, round(stop * read.sfreq_hz)))
        class_of[rows] = _index(entry, entry.labels.get(name, name))
    step_samples = max(1, round((entry.step_seconds or entry.window_seconds or 0) * read.sfreq_hz))
    kept = [
        start
        for start in range(0, samples - window_samples + 1, step_samples)
        if class_of[start] >= 0
        and (class_of[start : start + window_samples] == class_of[start]).all()
    ]
    shape = (0, read.signal.shape[0], window_samples)
    cut = [read.signal[:, start : start + window_samples] for start in kept]
    stretches = [start * _STRETCHES_OF_ONE_SUBJECT // samples for start in kept]
    blocks = np.array([file.session or f"{file.path.name}:{one}" for one in stretches], np.str_)
    windows = np.stack(cut) if cut else np.empty(shape, np.float32)
    return windows, class_of[kept].astype(np.int64), blocks


def _intervals(file: DataFile, entry: Entry, read: Recording) -> list[Interval]:
    beside = interval_files(file, entry)
    if beside:
        return read_intervals(beside[0], file.path.name)
    return [
        Interval(onset, onset + duration, name)
        for (onset, name), duration in zip(read.events, read.durations, strict=True)
    ]


def _index(entry: Entry, name: str) -> int:
    """Return a class's index; -1 for what is none."""
    return entry.classes.index(name) if name in entry.classes else -1


def _event_class(name: str, entry: Entry) -> str:
    """Return what an event stands for; MNE-BIDS writes `kind/value` where a kind has several."""
    kind = name.split("/")[0]
    return next((entry.labels.get(one, one) for one in (name, kind)
                 if entry.labels.get(one, one) in entry.classes), name)  # fmt: skip


def class_index(path: Path, entry: Entry, label: str) -> int:
    """Return the index of the class that a label stands for.

    Raises:
        DataError: It stands for none.
    """
    name = entry.labels.get(label, label)
    if name not in entry.classes:
        allowed = ", ".join(entry.classes)
        raise DataError(f"{path}: label {name!r} is none of the classes {allowed}")
    return entry.classes.index(name)


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
