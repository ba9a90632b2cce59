"""Data sets that lie elsewhere: find their manifest, fetch their files, push new ones."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial_runner.data import https, s3
from trial_runner.data.manifest import (
    CHECKSUMS_NAME,
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    differences,
    make_manifest,
    parse_checksums,
    parse_manifest,
)
from trial_runner.data.store import Store, link_or_copy
from trial_runner.data.transfer import Progress, Source, TransferSettings, download, retried
from trial_runner.errors import DataError, UsageError

_FILES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a data set lies.

    Attributes:
        where: `s3://bucket/prefix` or `https://host/folder`.
        endpoint_url: Of S3, where it is not AWS.
        unsigned: Whether S3 is read without credentials.
    """

    where: str
    endpoint_url: str | None = None
    unsigned: bool = False

    def opened(self) -> Opened:
        """Return what reads it.

        Raises:
            UsageError: The address is of another kind.
            DataError: There are no credentials, or the endpoint is no address.
        """
        if self.where.startswith("s3://"):
            location = s3.parse_s3(self.where)
            client = s3.connect(self.endpoint_url, unsigned=self.unsigned)
            return Opened(
                str(location),
                lambda path: s3.read_text(client, location, path),
                lambda path: s3.open_object(client, location, path),
            )
        if self.where.startswith(("https://", "http://")):
            return Opened(
                self.where,
                lambda path: https.read_url(https.join_url(self.where, path)),
                lambda path: https.open_url(https.join_url(self.where, path)),
            )
        raise UsageError(f"{self.where!r} is no address; write s3://bucket/prefix or https://…")


@dataclass(frozen=True, slots=True)
class Opened:
    """A place whose files can be read.

    Attributes:
        name: Its address.
        read_text: From a path to a small file's text; None where there is none.
        open: From a path to what a download reads.
    """

    name: str
    read_text: Callable[[str], str | None]
    open: Callable[[str], Source]


def remote_manifest(remote: Remote, settings: TransferSettings | None = None) -> Manifest:
    """Return a data set's manifest.

    Raises:
        DataError: There is none; the message says what was looked for.
    """
    return manifest_of(remote.opened(), settings)


def manifest_of(opened: Opened, settings: TransferSettings | None = None) -> Manifest:
    """Return the manifest of what is open.

    Raises:
        DataError: There is none; the message says what was looked for.
    """
    readers = ((MANIFEST_NAME, parse_manifest), (CHECKSUMS_NAME, parse_checksums))
    for name, parse in readers:
        text = retried(lambda name=name: opened.read_text(name), settings or TransferSettings())  # type: ignore[misc]
        if text is not None:
            return parse(text, f"{opened.name}/{name}")
    raise DataError(
        f"{opened.name} has neither {MANIFEST_NAME} nor {CHECKSUMS_NAME}: it is empty, or no data "
        "set; `data push FOLDER s3://…` makes one"
    )


def pull(
    remote: Remote,
    target: Path,
    store: Store,
    *,
    settings: TransferSettings | None = None,
    only: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Bring a data set into a folder, through the store of this machine.

    The manifest comes first. What the store has is not fetched again. The folder's own
    `manifest.json` is written last, when all files are there.

    Args:
        remote: Where it lies.
        target: The folder.
        store: Of this machine.
        settings: How to fetch.
        only: Regular expression of the paths wanted; all where empty.
        progress: Told how many bytes have come, and of how many (0 where not known).

    Returns:
        The manifest of what was pulled.

    Raises:
        DataError: Something is missing, came with wrong bytes, or does not fit on the disk.
    """
    opened, settings = remote.opened(), settings or TransferSettings()
    manifest = chosen_files(manifest_of(opened, settings), only, opened.name)
    contents = fetch_all(opened, manifest, store, settings, progress)
    for file, content in zip(manifest.files, contents, strict=True):
        link_or_copy(content, target / file.path)
    (target / MANIFEST_NAME).write_text(manifest.to_json())
    return manifest


def fetch_all(
    opened: Opened,
    manifest: Manifest,
    store: Store,
    settings: TransferSettings,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Return where the store has each file of a manifest; what it lacks is fetched.

    Raises:
        DataError: Something is missing, came with wrong bytes, or does not fit on the disk.
    """
    come, lock = 0, threading.Lock()

    def told(count: int) -> None:
        nonlocal come
        with lock:  # ranges come in several threads
            come += count
            progress(come, manifest.total_bytes)

    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        pending = [
            pool.submit(_fetched, opened, file, store, settings, told) for file in manifest.files
        ]
        try:
            return [one.result() for one in pending]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetched(
    opened: Opened, file: ManifestFile, store: Store, settings: TransferSettings, told: Progress
) -> Path:
    name = f"{opened.name}/{file.path}"

    def fetch(partial: Path) -> str:
        source = retried(lambda: opened.open(file.path), settings)
        return download(source, partial, settings, file.size, told)

    if store.path_of(file.sha256).is_file():
        told(file.size or 0)
    return store.get(file.sha256, name, fetch)


def chosen_files(manifest: Manifest, only: str, name: str) -> Manifest:
    """Return the files whose path holds a regular expression.

    Raises:
        UsageError: It is none, or no path holds it.
    """
    try:
        pattern = re.compile(only)
    except re.error as error:
        raise UsageError(f"--only is {only!r}, which is no regular expression: {error}") from None
    files = tuple(file for file in manifest.files if pattern.search(file.path))
    if not files:
        raise UsageError(f"--only={only}: none of the {len(manifest.files)} files of {name}")
    return Manifest(files)


def push(
    folder: Path,
    remote: Remote,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Upload a folder's files, then their manifest: half a push is no data set.

    Raises:
        UsageError: The target is not S3.
        DataError: The folder is empty, or S3 cannot be written.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    location, manifest = s3.parse_s3(remote.where), make_manifest(folder)
    client: Any = s3.connect(remote.endpoint_url)
    come = 0
    for file in manifest.files:
        s3.upload(client, folder / file.path, location, file.path, file.sha256)
        come += file.size or 0
        progress(come, manifest.total_bytes)
    s3.upload_text(client, manifest.to_json(), location, MANIFEST_NAME)
    return manifest


def verify(folder: Path) -> list[str]:
    """Return what differs from a folder's manifest, one line a file.

    Raises:
        UsageError: The folder has no manifest.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise UsageError(f"{folder} has no {MANIFEST_NAME}; `data pull` and `data push` write one")
    return differences(parse_manifest(path.read_text(), str(path)), folder)
