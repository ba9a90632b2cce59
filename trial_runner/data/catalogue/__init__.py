"""From the argument `--data` to a data set's entry and the folder of its files."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from trial_runner.data.entry import Entry, read_entry
from trial_runner.errors import DataNotFoundError, did_you_mean


class Source(NamedTuple):
    """A data set and where its files lie."""

    entry: Entry
    folder: Path


def data_set_names() -> tuple[str, ...]:
    """Return the names of the shipped entries."""
    return tuple(sorted(path.stem for path in _shipped().glob("*.yaml")))


def shipped_entry_file(name: str) -> Path:
    """Return the file of a shipped entry."""
    return _shipped() / f"{name}.yaml"


def find_data(data: str, data_root: str = "") -> Source:
    """Find a data set by its name, its entry's file, or the folder of a `dataset.yaml`.

    What lies elsewhere was brought here before, see `local.py`.

    Args:
        data: Name or path.
        data_root: Folder of the files, where it is not the one that the entry names.

    Raises:
        DataNotFoundError: Nothing of this name or path, or its files are not there.
        DataError: The entry cannot be read.
    """
    if data in data_set_names():
        entry = read_entry(shipped_entry_file(data))
        folder = Path(data_root) if data_root else _shipped_folder(entry)
    else:
        path = _entry_file(Path(data).expanduser())
        entry = read_entry(path)
        folder = Path(data_root) if data_root else _folder_beside(path, entry)
    folder = folder.expanduser()
    if not folder.is_dir():
        raise DataNotFoundError(
            f"data of {entry.name}: there is no folder {folder}; {_how(entry)}"
        )
    return Source(entry, folder)


def _shipped() -> Path:
    return Path(__file__).parent


def _entry_file(path: Path) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        entry = path / "dataset.yaml"
        if entry.is_file():
            return entry
        if (path / "dataset_description.json").is_file():
            raise DataNotFoundError(_for_bids(path))
        raise DataNotFoundError(
            f"--data: the folder {path} has no dataset.yaml, which says what its files are; "
            f"write one, or name a known data set: {', '.join(data_set_names())} "
            "(with --data_root for its folder)"
        )
    close = did_you_mean(str(path), data_set_names()) or "."
    raise DataNotFoundError(
        f"--data is {str(path)!r}: no such file or folder, and no data set of this name{close} "
        f"There are {', '.join(data_set_names())}, those of `eegtune data ls`, and s3://… "
        "addresses"
    )


def _for_bids(folder: Path) -> str:
    """Say what a BIDS folder's entry could be: its names are known, what is wanted is not."""
    kinds: set[str] = set()
    for events in sorted(folder.rglob("*_events.tsv")):
        header, *rows = (line.split("\t") for line in events.read_text("utf-8").splitlines())
        if "trial_type" in header:
            column = header.index("trial_type")
            kinds |= {row[column] for row in rows if len(row) > column}
    classes = ", ".join(sorted(kinds)) or "NAME, NAME"
    return (
        f"--data: {folder} is a BIDS folder, but has no dataset.yaml, which says what is to be "
        f"learnt. Write one there, with the classes and times you mean:\n"
        f"name: {re.sub(r'[^A-Za-z0-9_-]', '-', folder.resolve().name)}\n"
        "files: (?:.*/)?sub-(?P<subject>[^_/]+)(?:_ses-(?P<session>[^_/]+))?_.*_eeg"
        "\\.(?:edf|bdf|vhdr|set|fif)\n"
        f"label_from: events\nclasses: [{classes}]\nwindow_seconds: 1\ntest_subjects_share: 0.3"
    )


def _shipped_folder(entry: Entry) -> Path:
    """Return where a shipped entry's files lie, without importing the package that has them."""
    if entry.package is None:
        raise DataNotFoundError(
            f"data of {entry.name}: say where they lie with --data_root=FOLDER; {_how(entry)}"
        )
    spec = find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        raise DataNotFoundError(
            f"data of {entry.name}: the package {entry.package} is not installed; {_how(entry)}"
        )
    return Path(spec.submodule_search_locations[0]) / entry.folder


def _folder_beside(path: Path, entry: Entry) -> Path:
    return _shipped_folder(entry) if entry.package else path.parent / entry.folder


def _how(entry: Entry) -> str:
    return f"to get them: {entry.fetch}" if entry.fetch else "check the path"
