"""From a data set's files to labelled windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner import cache as cache_module
from trial_runner.cache import cached, code_version, content_key, file_digest
from trial_runner.data import files as files_module
from trial_runner.data import recording as recording_module
from trial_runner.data import ts as ts_module
from trial_runner.data.catalogue import Source
from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile, Part, find_files
from trial_runner.data.recording import cut_windows, read_recording
from trial_runner.data.ts import read_ts
from trial_runner.data.windows import Targets, Windows, check_windows
from trial_runner.errors import DataError

_STRETCHES_OF_ONE_SUBJECT = 10
_KIND = "windows"
# Nothing that is computed depends on these.
_NOT_IN_THE_KEY = {
    "title", "licence", "citation", "fetch", "where", "endpoint_url", "unsigned"
}  # fmt: skip
_FACTS = ("labels", "subjects", "blocks", "classes", "channels", "sfreq_hz")


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
            arrays = cached(
                self.cache, _KIND, self.key, lambda: _to_arrays(self.source, self.part)
            )
            signal = arrays["signal"].astype(np.float32, copy=False)
        return Windows(signal, self.targets, self.sfreq_hz, self.channels)


def open_part(source: Source, part: Part, cache: Path | None) -> PartOfData:
    """Open one part of a data set.

    Raises:
        DataError: Its files cannot be used; the message says which and why.
    """
    key = _key(source, part, cache)
    facts = cached(cache, _KIND, key, lambda: _to_arrays(source, part), _FACTS)
    targets = Targets(
        facts["labels"].astype(np.int64),
        facts["subjects"].astype(np.str_),
        facts["blocks"].astype(np.str_),
        tuple(map(str, facts["classes"])),
    )
    channels = tuple(map(str, facts["channels"]))
    signal = facts["signal"].astype(np.float32, copy=False) if "signal" in facts else None
    sfreq_hz = float(facts["sfreq_hz"])
    return PartOfData(source, part, cache, key, targets, channels, sfreq_hz, signal)


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
        [file.path.relative_to(source.folder).as_posix(), file_digest(file.path, cache)]
        for file in find_files(source, part)
    ]
    code = code_version(cache_module, files_module, ts_module, recording_module)
    entry = source.entry.model_dump(exclude=_NOT_IN_THE_KEY)
    return content_key(entry, digests, code)


def _to_arrays(source: Source, part: Part) -> dict[str, NDArray[np.generic]]:
    windows = read_windows(source, part)
    return {
        "signal": windows.signal,
        "labels": windows.targets.labels,
        "subjects": windows.targets.subjects,
        "blocks": windows.targets.blocks,
        "classes": np.array(windows.targets.classes),
        "channels": np.array(windows.channels),
        "sfreq_hz": np.array(windows.sfreq_hz),
    }


def _read_file(file: DataFile, entry: Entry, one_subject: bool) -> Windows:
    if file.path.suffix == ".ts":
        return _read_trials(file, entry)
    return _read_continuous(file, entry, one_subject)


def _read_trials(file: DataFile, entry: Entry) -> Windows:
    """Read a file of trials, each of which stands for itself."""
    signal, labels = read_ts(file.path)
    if entry.sfreq_hz is None:
        raise DataError(f"{entry.name}: .ts files name no sampling frequency; set sfreq_hz")
    channels = entry.channels or tuple(f"channel {i + 1}" for i in range(signal.shape[1]))
    if len(channels) != signal.shape[1]:
        raise DataError(
            f"{file.path} has {signal.shape[1]} channels, the entry names {len(channels)}"
        )
    blocks = np.array([f"{file.path.name}:{index}" for index in range(len(signal))])
    indices = np.array([_class_index(file.path, entry, label) for label in labels])
    scaled = (signal * np.float32(entry.unit_in_volts)).astype(np.float32)
    targets = Targets(indices, np.full(len(signal), file.subject), blocks, entry.classes)
    return Windows(scaled, targets, entry.sfreq_hz, channels)


def _read_continuous(file: DataFile, entry: Entry, one_subject: bool) -> Windows:
    if file.label is None:
        raise DataError(f"{entry.name}: recordings need the group (?P<label>…) in the field files")
    if entry.window_seconds is None:
        raise DataError(f"{entry.name}: recordings need the field window_seconds")
    index = _class_index(file.path, entry, file.label)
    signal, sfreq_hz, channels = read_recording(file.path, entry)
    stretches = _STRETCHES_OF_ONE_SUBJECT if one_subject and file.session is None else 1
    window_samples = round(entry.window_seconds * sfreq_hz)
    step_samples = max(1, round((entry.step_seconds or entry.window_seconds) * sfreq_hz))
    windows, stretch = cut_windows(signal, window_samples, step_samples, stretches)
    blocks = np.array([file.session or f"{file.path.name}:{one}" for one in stretch], np.str_)
    count = len(windows)
    targets = Targets(np.full(count, index), np.full(count, file.subject), blocks, entry.classes)
    return Windows(windows, targets, sfreq_hz, channels)


def _class_index(path: Path, entry: Entry, label: str) -> int:
    name = entry.labels.get(label, label)
    if name not in entry.classes:
        allowed = ", ".join(entry.classes)
        raise DataError(f"{path}: label {name!r} is none of the classes {allowed}")
    return entry.classes.index(name)
