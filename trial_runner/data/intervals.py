"""Stretches of a recording that somebody named: stages of a night, seizures of a day.

They are the recording's own annotations, or lie in a file beside it: annotations that MNE reads,
or a summary in text as CHB-MIT writes it, one for all recordings of a folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile
from trial_runner.errors import DataError, DataNotFoundError

_PLACE = re.compile(r"\{(folder|subject|session)\}")
_OF_FILE = re.compile(r"^File Name:\s*(\S+)", re.MULTILINE)
_TIMES = re.compile(r"Seizure (?:\d+ )?(Start|End) Time:\s*(\d+)\s*sec")
SEIZURE = "seizure"


class Interval(NamedTuple):
    """A stretch from one time to another, in seconds from the first sample."""

    start_seconds: float
    stop_seconds: float
    name: str


def interval_files(file: DataFile, entry: Entry) -> list[Path]:
    """Return the file beside a recording that names its stretches; none where it does itself.

    Raises:
        DataNotFoundError: There is none, or more than one.
    """
    if not entry.intervals:
        return []
    said = {
        "folder": file.path.parent.name, "subject": file.subject, "session": file.session or "",
    }  # fmt: skip
    pattern = _PLACE.sub(lambda place: said[place.group(1)], entry.intervals)
    found = sorted(file.path.parent.glob(pattern))
    if len(found) != 1:
        raise DataNotFoundError(
            f"{file.path}: {len(found)} files beside it match {pattern!r}; expected one, which "
            "names its stretches (field intervals)"
        )
    return found


def is_interval_file(name: str, entry: Entry) -> bool:
    """Whether a file's name says that it names stretches of some recording."""
    words = (re.escape(part).replace(r"\*", ".*") for part in _PLACE.split(entry.intervals)[::2])
    return bool(entry.intervals) and bool(re.fullmatch(".*".join(words), name))


def read_intervals(path: Path, recording: str) -> list[Interval]:
    """Read the stretches of a recording from a file beside it.

    Args:
        path: A summary (.txt), or annotations.
        recording: Name of the recording's file.

    Raises:
        DataError: The file is damaged, or does not speak of the recording.
    """
    if path.suffix == ".txt":
        return parse_summary(path.read_text("utf-8", errors="replace"), recording, str(path))
    import mne

    from trial_runner.data.recording import reader_message

    try:
        marks = mne.read_annotations(path)
    except Exception as error:  # readers of damaged files fail in all ways
        raise DataError(f"{path} cannot be read ({reader_message(error)})") from None
    if not len(marks):  # MNE reads none from what is no EDF either
        raise DataError(f"{path} names no stretch of {recording}; is it complete?")
    return [
        Interval(float(onset), float(onset) + float(duration), str(name))
        for onset, duration, name in zip(
            marks.onset, marks.duration, marks.description, strict=True
        )
    ]


def parse_summary(text: str, recording: str, where: str) -> list[Interval]:
    """Return the seizures of a recording from a summary of CHB-MIT.

    Raises:
        DataError: The recording is not in it, or a seizure has no end.
    """
    parts = _OF_FILE.split(text)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    if recording not in told:
        raise DataError(f"{where} does not speak of {recording}")
    times = _TIMES.findall(told[recording])
    starts = [float(seconds) for kind, seconds in times if kind == "Start"]
    stops = [float(seconds) for kind, seconds in times if kind == "End"]
    if len(starts) != len(stops) or any(a >= b for a, b in zip(starts, stops, strict=True)):
        raise DataError(f"{where}: seizures of {recording} start at {starts} and end at {stops}")
    return [Interval(a, b, SEIZURE) for a, b in zip(starts, stops, strict=True)]
