"""From a data set's files to labelled windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner import cache as cache_module
from trial_runner.cache import cached, code_version, content_key, file_digest
from trial_runner.data import arrays as arrays_module
from trial_runner.data import channels as channels_module
from trial_runner.data import cutting as cutting_module
from trial_runner.data import files as files_module
from trial_runner.data import intervals as intervals_module
from trial_runner.data import reading as reading_module
from trial_runner.data import recording as recording_module
from trial_runner.data import ts as ts_module
from trial_runner.data.catalogue import Source
from trial_runner.data.files import Part, companions, find_files
from trial_runner.data.intervals import interval_files
from trial_runner.data.reading import read_file
from trial_runner.data.shared_signal import shared_signal, store_signal
from trial_runner.data.told import tell_digest
from trial_runner.data.windows import Targets, Windows, check_windows
from trial_runner.errors import DataError

_KIND = "windows"
# Nothing that is computed depends on these.
_NOT_IN_THE_KEY = {
    "title", "licence", "citation", "fetch", "where", "endpoint_url", "unsigned", "size", "hashes"
}  # fmt: skip
_CODE = (
    cache_module, files_module, ts_module, recording_module, arrays_module, channels_module,
    cutting_module, reading_module, intervals_module,
)  # fmt: skip


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
    digests = _digests(source, part, cache)
    tell_digest([digest for _, digest in digests])
    key = _key(source, digests)
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
    read = [read_file(file, source.entry, one_subject) for file in files]
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


def _digests(source: Source, part: Part, cache: Path | None) -> list[tuple[str, str]]:
    """Return path and SHA-256 of every file that a part is read from."""
    return [
        (path.relative_to(source.folder).as_posix(), file_digest(path, cache))
        for file in find_files(source, part)
        for path in (*companions(file.path), *interval_files(file, source.entry))
    ]


def _key(source: Source, digests: list[tuple[str, str]]) -> str:
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
