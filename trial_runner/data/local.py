"""`--data` that lies elsewhere, brought to this machine for as long as a trial needs it.

The files lie in the store of the machine by their content; a folder of links gives them their
names. Links and not copies, so that the store's bound means something; and the trial holds what
it uses, so that no eviction takes it away meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from trial_runner.data.catalogue import data_set_names, shipped_entry_file
from trial_runner.data.registry import known_data_sets, registry_file
from trial_runner.data.simulated import is_simulated
from trial_runner.errors import DataError
from trial_runner.reporting import note

if TYPE_CHECKING:
    from trial_runner.data.entry import Entry
    from trial_runner.data.manifest import Manifest
    from trial_runner.data.remote import Opened, Remote
    from trial_runner.data.store import Store
    from trial_runner.data.transfer import TransferSettings

_ENTRY_NAME = "dataset.yaml"
_ADDRESSES = ("s3://", "https://", "http://")
# Every trial of a run reads the names of all files; what names none is never read.
_WHERE = re.compile(r"^where:", re.MULTILINE)


class LocalData(NamedTuple):
    """What a component's options `data` and `data_root` are to be."""

    data: str
    data_root: str


@contextlib.contextmanager
def local_data(
    data: str,
    data_root: str = "",
    *,
    store: Store | None = None,
    settings: TransferSettings | None = None,
) -> Iterator[LocalData]:
    """Bring data here and keep them while the block runs; what is here already stays as it is.

    Args:
        data: A simulation, a path, a name of the catalogue or of `data add`, or an address.
        data_root: Folder of the files, where not the one that the entry names; with it, nothing
            is fetched.
        store: Of this machine; the usual one where absent.
        settings: How to fetch.

    Raises:
        UsageError: It is an address of another kind.
        DataError: Something is missing, came with wrong bytes, or does not fit on the disk.
    """
    remote = None if data_root else _remote(data)
    if remote is None:
        yield LocalData(data, data_root)
        return
    from trial_runner.data.store import data_store

    with _brought(remote, store or data_store(), settings) as folder:
        yield LocalData(data, str(folder)) if remote.entry else LocalData(str(folder), "")


class _Wanted(NamedTuple):
    """Data that lie elsewhere.

    Attributes:
        remote: Where.
        only: Regular expression of the paths that are needed.
        entry: What an entry on this machine says; None where theirs is beside the files.
    """

    remote: Remote
    only: str
    entry: Entry | None


def _remote(data: str) -> _Wanted | None:
    from trial_runner.data.entry import read_entry

    if is_simulated(data):
        return None
    if data.startswith(_ADDRESSES):
        from trial_runner.data.remote import Remote

        return _Wanted(Remote(data), "", None)
    file = shipped_entry_file(data) if data in data_set_names() else _own_entry(Path(data))
    if file is not None and _WHERE.search(file.read_text("utf-8", errors="replace")):
        entry = read_entry(file)
        return _Wanted(entry.remote, "", entry)
    if file is not None or (Path(data).exists() and not registry_file().is_file()):
        return None
    known = known_data_sets().get(data)
    return None if known is None else _Wanted(known.remote, known.only, None)


def _own_entry(path: Path) -> Path | None:
    if path.is_dir():
        path = path / _ENTRY_NAME
    return path if path.is_file() and path.suffix in (".yaml", ".yml") else None


@contextlib.contextmanager
def _brought(wanted: _Wanted, store: Store, settings: TransferSettings | None) -> Iterator[Path]:
    from trial_runner.data.progress import TransferProgress, size_text
    from trial_runner.data.remote import chosen_files, fetch_all
    from trial_runner.data.transfer import TransferSettings

    settings = settings or TransferSettings()
    opened = wanted.remote.opened()
    manifest = chosen_files(_manifest(wanted.remote, opened, store, settings), wanted.only, "")
    manifest = _needed(manifest, wanted.entry or _entry_beside(opened, manifest, store, settings))
    with store.hold(*(file.sha256 for file in manifest.files)):
        absent = [one for one in manifest.files if not store.path_of(one.sha256).is_file()]
        if absent:
            size = size_text(sum(file.size or 0 for file in absent) or None)
            note(f"{opened.name}: {len(absent)} files ({size}) come to {store.folder}")
        fetch_all(
            opened, manifest, store, settings,
            TransferProgress() if absent else lambda done, total: None,
        )  # fmt: skip
        yield _linked(manifest, store)


def _manifest(
    remote: Remote, opened: Opened, store: Store, settings: TransferSettings
) -> Manifest:
    """Return the manifest; the one that was read last where the place cannot be reached now."""
    from trial_runner.data.manifest import parse_manifest
    from trial_runner.data.remote import manifest_of
    from trial_runner.data.transfer import TemporaryTransferError

    name = hashlib.sha256(repr(remote).encode()).hexdigest()
    remembered = store.folder / "manifests" / f"{name}.json"
    try:
        manifest = manifest_of(opened, settings)
    except TemporaryTransferError as error:
        if not remembered.is_file():
            raise
        note(f"{error}; going on with what {store.folder} has of it")
        return parse_manifest(remembered.read_text(), str(remembered))
    store.write(remembered, manifest.to_json())
    return manifest


def _entry_beside(
    opened: Opened, manifest: Manifest, store: Store, settings: TransferSettings
) -> Entry | None:
    """Return the entry that lies beside the files; None where there is none."""
    from trial_runner.data.entry import read_entry
    from trial_runner.data.manifest import Manifest
    from trial_runner.data.remote import fetch_all

    own = Manifest(tuple(file for file in manifest.files if file.path == _ENTRY_NAME))
    if not own.files:
        return None
    with store.hold(own.files[0].sha256):
        return read_entry(fetch_all(opened, own, store, settings)[0])


def _needed(manifest: Manifest, entry: Entry | None) -> Manifest:
    """Return the files that an entry speaks of, and those beside them that explain them."""
    from trial_runner.data.intervals import is_interval_file
    from trial_runner.data.manifest import Manifest

    if entry is None:
        return manifest
    pattern = re.compile(entry.files)
    named = [file for file in manifest.files if pattern.fullmatch(_in_archive(file.path))]
    if not named:
        raise DataError(
            f"data of {entry.name}: none of the {len(manifest.files)} files of its manifest "
            f"matches {entry.files!r} (the field files)"
        )
    stems = {_recording_stem(file.path) for file in named}
    is_small = re.compile(r".*\.(yaml|json|tsv|csv|txt|md)")
    return Manifest(
        tuple(
            file
            for file in manifest.files
            if file in named
            or _recording_stem(file.path) in stems
            or is_small.fullmatch(file.path)
            or is_interval_file(PurePosixPath(file.path).name, entry)
        )
    )


def _in_archive(path: str) -> str:
    """Return the folder that is read as one recording (.zarr), or the file's own path.

    >>> _in_archive("a/S1.zarr/signal/c/0"), _in_archive("a/S1.edf")
    ('a/S1.zarr', 'a/S1.edf')
    """
    return re.sub(r"(\.zarr)/.*", r"\1", path)


def _recording_stem(path: str) -> str:
    """Return what files of one recording have in common (.vhdr, .vmrk and .eeg; .set and .fdt).

    >>> _recording_stem("a/S1_eeg.vhdr") == _recording_stem("a/S1_eeg.eeg")
    True
    """
    return re.sub(r"\.[^./]*$", "", _in_archive(path))


def _linked(manifest: Manifest, store: Store) -> Path:
    """Return a folder of links into the store; what it holds is in its name."""
    name = hashlib.sha256(manifest.to_json().encode()).hexdigest()
    folder = store.folder / "sets" / name
    if folder.is_dir():
        return folder
    building = store.folder / "sets" / f".{uuid.uuid4().hex}"
    with store.named_errors():
        for file in manifest.files:
            link = building / file.path
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(store.path_of(file.sha256), link.parent))
        try:
            building.replace(folder)
        except OSError:  # another trial was faster, with the same links
            shutil.rmtree(building)
            if not folder.is_dir():
                raise
    return folder
