"""From a data set's files to labelled windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner import cache as cache_module
from trial_runner.cache import cached, code_version, content_key, file_digest
from trial_runner.data import arrays as arrays_module
from trial_runner.data import files as files_module
from trial_runner.data import recording as recording_module
from trial_runner.data import ts as ts_module
from trial_runner.data.arrays import SUFFIXES, read_stored_signal
from trial_runner.data.catalogue import Source
from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile, Part, companions, find_files
from trial_runner.data.plausibility import check_signal
from trial_runner.data.recording import (
    Recording,
    array_recording,
    chosen_channels,
    cut_windows,
    read_recording,
)
from trial_runner.data.shared_signal import shared_signal, store_signal
from trial_runner.data.ts import read_ts
from trial_runner.data.windows import Targets, Windows, check_windows
from trial_runner.errors import DataError

_STRETCHES_OF_ONE_SUBJECT = 10
_KIND = "windows"
# Nothing that is computed depends on these.
_NOT_IN_THE_KEY = {
    "title", "licence", "citation", "fetch", "where", "endpoint_url", "unsigned"
}  # fmt: skip
_CODE = (cache_module, files_module, ts_module, recording_module, arrays_module)


@dataclass(frozen=True, slots=True)
class PartOfData:
    """One part of a data set; its signal is read only when asked for.

    Attributes:
        source: The data set.
        part: `development` or `test`.
        cache: Folder of the cache; None for none.
        key: Hash of the files, of how they are read, and of the code that reads them.
        targets: Labels and subjects.
        channels: Names of the channels.
        sfreq_hz: Sampling frequency.
        signal: (n, channels, samples) in volts, where it had to be read to open the part.
    """

    source: Source
    part: Part
    cache: Path | None
    key: str
    targets: Targets
    channels: tuple[str, ...]
    sfreq_hz: float
    signal: NDArray[np.float32] | None = None

    def windows(self) -> Windows:
        """Return the signal with everything else."""
        signal = self.signal
        if signal is None:
            assert self.cache is not None
            signal = shared_signal(
                self.cache, self.key, lambda: read_windows(self.source, self.part).signal
            )
        return Windows(signal, self.targets, self.sfreq_hz, self.channels)


def open_part(source: Source, part: Part, cache: Path | None) -> PartOfData:
    """Open one part of a data set.

    Raises:
        DataError: Its files cannot be used; the message says which and why.
    """
    key = _key(source, part, cache)
    if cache is None:
        read = read_windows(source, part)
        return PartOfData(
            source, part, None, key, read.targets, read.channels, read.sfreq_hz, read.signal
        )
    facts = cached(cache, _KIND, key, lambda: _stored(read_windows(source, part), cache, key))
    targets = Targets(
        facts["labels"].astype(np.int64),
        facts["subjects"].astype(np.str_),
        facts["blocks"].astype(np.str_),
        tuple(map(str, facts["classes"])),
    )
    channels = tuple(map(str, facts["channels"]))
    return PartOfData(source, part, cache, key, targets, channels, float(facts["sfreq_hz"]))


def read_windows(source: Source, part: Part) -> Windows:
    """Read the files of one part into windows, without the cache."""
    files = find_files(source, part)
    one_subject = len({file.subject for file in files}) == 1
    read = [_read_file(file, source.entry, one_subject) for file in files]
    shapes = {(one.signal.shape[1:], one.sfreq_hz) for one in read if len(one.signal)}
    if len(shapes) > 1:
        raise DataError(
            f"{source.entry.name}: files differ in channels, samples or frequency: "
            f"{sorted(shapes)[:3]}; set channels and sfreq_hz in the entry"
        )
    joined = Windows(
        np.concatenate([one.signal for one in read]),
        Targets(
            np.concatenate([one.targets.labels for one in read]),
            np.concatenate([one.targets.subjects for one in read]),
            np.concatenate([one.targets.blocks for one in read]),
            source.entry.classes,
        ),
        read[0].sfreq_hz,
        read[0].channels,
    )
    return check_windows(joined, source.entry.name)


def _key(source: Source, part: Part, cache: Path | None) -> str:
    digests = [
        [path.relative_to(source.folder).as_posix(), file_digest(path, cache)]
        for file in find_files(source, part)
        for path in companions(file.path)
    ]
    code = code_version(*_CODE)
    entry = source.entry.model_dump(exclude=_NOT_IN_THE_KEY)
    return content_key(entry, digests, code)


def _stored(windows: Windows, cache: Path, key: str) -> dict[str, NDArray[np.generic]]:
    """Keep the signal in a file of its own, which trials map; return all else."""
    store_signal(cache, key, windows.signal)
    return {
        "labels": windows.targets.labels,
        "subjects": windows.targets.subjects,
        "blocks": windows.targets.blocks,
        "classes": np.array(windows.targets.classes),
        "channels": np.array(windows.channels),
        "sfreq_hz": np.array(windows.sfreq_hz),
    }


def _read_file(file: DataFile, entry: Entry, one_subject: bool) -> Windows:
    if file.path.suffix == ".ts":
        read = _read_trials(file, entry)
    elif file.path.suffix in SUFFIXES:
        read = _read_arrays(file, entry, one_subject)
    else:
        read = _cut(file, entry, read_recording(file.path, entry), one_subject)
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
        return _cut(file, entry, array_recording(file.path, stored, sfreq_hz, entry), one_subject)
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
    if channels and entry.channels:
        kept = chosen_channels(file.path, entry.channels, channels)
        signal, channels = signal[:, [channels.index(name) for name in kept]], entry.channels
    channels = channels or entry.channels
    channels = channels or tuple(f"channel {i + 1}" for i in range(signal.shape[1]))
    if len(channels) != signal.shape[1]:
        raise DataError(
            f"{file.path} has {signal.shape[1]} channels, the entry names {len(channels)}"
        )
    session = f"{file.session}:" if file.session else f"{file.path.name}:"
    blocks = np.array([f"{session}{index}" for index in range(len(signal))])
    indices = np.array([_class_index(file.path, entry, str(label)) for label in labels])
    scaled = (signal * np.float32(entry.unit_in_volts)).astype(np.float32)
    targets = Targets(indices, np.full(len(signal), file.subject), blocks, entry.classes)
    return Windows(scaled, targets, sfreq_hz, channels)


def _cut(file: DataFile, entry: Entry, read: Recording, one_subject: bool) -> Windows:
    """Cut a continuous recording into windows, all of one class or after events."""
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
    else:
        windows, labels, blocks = _throughout(file, entry, read, window_samples, one_subject)
    subjects = np.full(len(windows), file.subject)
    targets = Targets(labels, subjects, blocks, entry.classes)
    return Windows(windows, targets, read.sfreq_hz, read.channels)


_Cut = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_]]


def _throughout(
    file: DataFile, entry: Entry, read: Recording, window_samples: int, one_subject: bool
) -> _Cut:
    if file.label is None:
        raise DataError(
            f"{entry.name}: recordings need the group (?P<label>…) in the field files, or "
            "label_from: events"
        )
    index = _class_index(file.path, entry, file.label)
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


def _event_class(name: str, entry: Entry) -> str:
    """Return what an event stands for; MNE-BIDS writes `kind/value` where a kind has several."""
    kind = name.split("/")[0]
    return next((entry.labels.get(one, one) for one in (name, kind)
                 if entry.labels.get(one, one) in entry.classes), name)  # fmt: skip


def _class_index(path: Path, entry: Entry, label: str) -> int:
    name = entry.labels.get(label, label)
    if name not in entry.classes:
        allowed = ", ".join(entry.classes)
        raise DataError(f"{path}: label {name!r} is none of the classes {allowed}")
    return entry.classes.index(name)
