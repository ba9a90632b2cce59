"""The files of a data set: which subject, label and part each belongs to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from trial_runner.data.catalogue import Source
from trial_runner.data.entry import Entry
from trial_runner.errors import DataError, DataNotFoundError

Part = Literal["development", "test"]
ONE_SUBJECT = "1"


class DataFile(NamedTuple):
    """One file and what its path tells; None where the pattern has no such group."""

    path: Path
    subject: str
    session: str | None
    label: str | None
    partition: str | None


def find_files(source: Source, part: Part) -> list[DataFile]:
    """Return the files of one part, sorted; the other part's are never opened.

    Raises:
        DataNotFoundError: No file matches the entry's pattern.
        DataError: The data set declares no test part, has too few subjects for one, or a subject
            is in both parts.
    """
    files = _matching(source)
    if not files:
        raise DataNotFoundError(
            f"data of {source.entry.name}: no file below {source.folder} matches "
            f"{source.entry.files!r} (the field files)"
        )
    is_test = _test_marks(source.entry, files)
    _check_apart(source.entry, files, is_test)
    if part == "test" and not any(is_test):
        raise DataError(
            f"{source.entry.name} has no test part; declare test_partition or "
            "test_subjects_share in its entry"
        )
    return [file for file, test in zip(files, is_test, strict=True) if test == (part == "test")]


def _matching(source: Source) -> list[DataFile]:
    pattern = re.compile(source.entry.files)
    files = []
    for path in sorted(source.folder.rglob("*")):
        match = pattern.fullmatch(path.relative_to(source.folder).as_posix())
        if match and (path.is_file() or path.suffix == ".zarr"):
            groups = match.groupdict()
            files.append(
                DataFile(
                    path,
                    _person(source.entry, groups.get("subject")),
                    groups.get("session"),
                    groups.get("label"),
                    groups.get("partition"),
                )
            )
    return files


def _person(entry: Entry, written: str | None) -> str:
    return entry.subjects.get(written, written) if written else ONE_SUBJECT


def companions(path: Path) -> list[Path]:
    """Return all files that a recording is read from: what changes in any changes the recording.

    The file itself; those of the same name (.vhdr, .vmrk and .eeg; .set and .fdt); its
    channels.tsv and events.tsv in BIDS; all files of a zarr folder.
    """
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.is_file())
    stem = path.stem
    stems = {stem}
    if stem.endswith("_eeg"):
        stems |= {stem.removesuffix("_eeg") + kind for kind in ("_channels", "_events")}
    return sorted(one for one in path.parent.iterdir() if one.stem in stems and one.is_file())


def _test_marks(entry: Entry, files: Sequence[DataFile]) -> list[bool]:
    if entry.test_partition is not None:
        return [file.partition == entry.test_partition for file in files]
    if entry.test_subjects_share is None:
        return [False] * len(files)
    kept = _test_subjects(entry, sorted({file.subject for file in files}))
    return [file.subject in kept for file in files]


def _check_apart(entry: Entry, files: Sequence[DataFile], is_test: Sequence[bool]) -> None:
    """Refuse a partition that tears a subject apart; data that name no subjects are of one."""
    if "subject" not in re.compile(entry.files).groupindex:
        return
    marked = list(zip(files, is_test, strict=True))
    both = {file.subject for file, test in marked if test} & {
        file.subject for file, test in marked if not test
    }
    if both:
        raise DataError(
            f"{entry.name}: subject {min(both)} is in the test part and in the development part, "
            "so that the test would not be of unseen people (fields files and test_partition)"
        )


def _test_subjects(entry: Entry, subjects: list[str]) -> set[str]:
    """Choose by the hash of the name, so that a subject's part does not depend on the others."""
    count = max(1, round(len(subjects) * (entry.test_subjects_share or 0.0)))
    if count >= len(subjects):
        raise DataError(
            f"{entry.name} has {len(subjects)} subject(s), too few to keep a share of "
            f"{entry.test_subjects_share} for the test (test_subjects_share)"
        )
    shuffled = sorted(subjects, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return set(shuffled[:count])
