from __future__ import annotations

from pathlib import Path

import pytest

from trial_runner.data.entry import Entry
from trial_runner.data.files import DataFile
from trial_runner.data.intervals import (
    Interval,
    interval_files,
    is_interval_file,
    parse_summary,
    read_intervals,
)
from trial_runner.errors import DataError, DataNotFoundError

SUMMARY = (
    "File Name: chb01_01.edf\nNumber of Seizures in File: 0\n\n"
    "File Name: chb01_03.edf\nNumber of Seizures in File: 2\n"
    "Seizure 1 Start Time: 2996 seconds\nSeizure 1 End Time: 3036 seconds\n"
    "Seizure 2 Start Time: 3100 seconds\nSeizure 2 End Time:  3120 seconds\n"
)
NIGHTS = {
    "name": "n",
    "files": "(?P<subject>S\\d)(?P<session>\\d)a-PSG.edf",
    "classes": ["a", "b"],
    "label_from": "intervals",
    "intervals": "{subject}{session}*-Hypnogram.edf",
}


def _file(folder: Path) -> DataFile:
    return DataFile(folder / "S12a-PSG.edf", "S1", "2", None, None)


@pytest.mark.parametrize(
    ("recording", "found"),
    [
        ("chb01_01.edf", []),
        ("chb01_03.edf", [Interval(2996, 3036, "seizure"), Interval(3100, 3120, "seizure")]),
    ],
)
def test_a_summary(recording: str, found: list[Interval]) -> None:
    assert parse_summary(SUMMARY, recording, "s.txt") == found


@pytest.mark.parametrize(
    ("text", "recording", "message"),
    [
        (SUMMARY, "chb01_99.edf", "does not speak of chb01_99.edf"),
        (SUMMARY.replace("Seizure 2 End", "Ende"), "chb01_03.edf", r"start at \[2996.0, 3100.0\]"),
        (SUMMARY.replace("3036", "2000"), "chb01_03.edf", "end at"),
    ],
)
def test_summaries_that_contradict_themselves(text: str, recording: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_summary(text, recording, "s.txt")


def test_the_file_beside_a_recording(tmp_path: Path) -> None:
    entry = Entry.model_validate(NIGHTS)
    with pytest.raises(DataNotFoundError, match=r"0 files beside it match 'S12\*-Hypnogram.edf'"):
        interval_files(_file(tmp_path), entry)
    wanted = tmp_path / "S12c-Hypnogram.edf"
    wanted.touch()
    (tmp_path / "S11c-Hypnogram.edf").touch()
    assert interval_files(_file(tmp_path), entry) == [wanted]
    (tmp_path / "S12d-Hypnogram.edf").touch()
    with pytest.raises(DataNotFoundError, match="2 files beside it"):
        interval_files(_file(tmp_path), entry)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("S12c-Hypnogram.edf", True), ("S12a-PSG.edf", False), ("S12c-Hypnogram.edfx", False)],
)
def test_names_of_such_files(name: str, is_one: bool) -> None:
    assert is_interval_file(name, Entry.model_validate(NIGHTS)) == is_one


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    pytest.importorskip("mne")
    (tmp_path / "h.edf").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"h\.edf names no stretch of S1\.edf"):
        read_intervals(tmp_path / "h.edf", "S1.edf")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_from": "path"}, "intervals and background need label_from: intervals"),
        ({"background": "c"}, "'c' is none of the classes"),
    ],
)
def test_entries_that_contradict_themselves(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Entry.model_validate(NIGHTS | change)
