"""Downloaded files by content: one copy a machine, however many trials ask.

A file lies at `sha256/ab/abcd…`. It gets there by atomic rename after its digest was checked, so
that what is there is right. A lock for each digest lets one process fetch while the others wait.
Beyond a bound, the files that were not used for the longest go, but never one that a process
holds.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from trial_runner.errors import DataError, UsageError

# Fetches the content into a partial file (which may hold what an earlier attempt left) and
# returns the SHA-256 of what is in it.
Fetch = Callable[[Path], str]


class WrongBytesError(DataError):
    """What came is not what was asked for; nothing of it was kept."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"{name}: expected {expected}, got {found}; nothing of it was kept")
        self.name, self.expected, self.found = name, expected, found


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of files by content.

    Attributes:
        folder: Where.
        max_bytes: How much it may hold; None for no bound.
    """

    folder: Path
    max_bytes: int | None = None

    def path_of(self, digest: str) -> Path:
        """Return where a content lies, or would."""
        return self.folder / "sha256" / digest[:2] / digest

    def get(self, digest: str, name: str, fetch: Fetch) -> Path:
        """Return a content's file, fetched if it is not there.

        Args:
            digest: SHA-256 in hexadecimal.
            name: What it is, for messages.
            fetch: Gets it; called by one process at a time.

        Raises:
            WrongBytesError: Something else came.
            DataError: The disk is full or cannot be written.
        """
        path = self.path_of(digest)
        with _named_errors(self.folder), _lock(self._lock_file(digest, "get")):
            if not path.is_file():
                partial = self.folder / "partial" / digest
                partial.parent.mkdir(parents=True, exist_ok=True)
                found = fetch(partial)
                if found != digest:
                    partial.unlink(missing_ok=True)
                    raise WrongBytesError(name, f"sha256 {digest}", f"sha256 {found}")
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(path)
            # Reading changes the time of access only: what remembers a file by its time of change,
            # as the cache of digests does, still knows it.
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        self.evict(keep=digest)
        return path

    @contextlib.contextmanager
    def hold(self, *digests: str) -> Iterator[None]:
        """Keep contents from being removed while the block runs, whoever else evicts.

        One file lists all of them and stays locked, however many they are; a process that dies
        leaves a file that nobody has locked, which the next eviction clears away.
        """
        with contextlib.ExitStack() as stack:
            with _named_errors(self.folder), _lock(self._holds_lock):
                self._holds.mkdir(parents=True, exist_ok=True)
                path = self._holds / f"{os.getpid()}-{uuid.uuid4().hex}"
                stack.callback(path.unlink, missing_ok=True)
                stack.enter_context(_lock(path))
                path.write_text("\n".join(digests))
            yield

    def evict(self, keep: str | None = None) -> list[str]:
        """Remove what was not used for the longest until the bound holds; return the digests."""
        if self.max_bytes is None:
            return []
        with _lock(self._holds_lock):
            files = [(path, path.stat()) for path in (self.folder / "sha256").glob("*/*")]
            total = sum(status.st_size for _, status in files)
            if total <= self.max_bytes:
                return []
            kept, removed = self._held() | {keep}, []
            for path, status in sorted(files, key=lambda one: one[1].st_atime_ns):
                if total > self.max_bytes and path.name not in kept:
                    path.unlink(missing_ok=True)
                    total -= status.st_size
                    removed.append(path.name)
            return removed

    def _held(self) -> set[str | None]:
        """Return what living processes hold."""
        held: set[str | None] = set()
        for path in self._holds.glob("*"):
            try:
                with _lock(path, wait=False):
                    path.unlink(missing_ok=True)  # whoever wrote it has died
            except BlockingIOError:
                held |= set(path.read_text().split())
        return held

    @property
    def _holds(self) -> Path:
        return self.folder / "holds"

    @property
    def _holds_lock(self) -> Path:
        return self.folder / "locks" / "holds"

    def write(self, path: Path, text: str) -> None:
        """Let a small file appear in the store complete or not at all.

        Raises:
            DataError: The disk is full or cannot be written.
        """
        with self.named_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{uuid.uuid4().hex}.part")
            temporary.write_text(text)
            temporary.replace(path)

    def named_errors(self) -> contextlib.AbstractContextManager[None]:
        """Turn what disks say into errors that name the store and the fix."""
        return _named_errors(self.folder)

    def _lock_file(self, digest: str, kind: str) -> Path:
        return self.folder / "locks" / f"{digest}.{kind}"


def data_store(folder: str = "", max_gigabytes: float | None = None) -> Store:
    """Return the store of this machine.

    Args:
        folder: Where; `$EEGTUNE_DATA_CACHE` where empty, else in the user's cache.
        max_gigabytes: Its bound; `$EEGTUNE_DATA_CACHE_GIGABYTES` where None, else none.

    Raises:
        UsageError: The variable is no number.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    chosen = folder or os.environ.get("EEGTUNE_DATA_CACHE") or f"{base}/eegtune/data"
    text = os.environ.get("EEGTUNE_DATA_CACHE_GIGABYTES") or ""
    try:
        given = float(text) if max_gigabytes is None and text else max_gigabytes
    except ValueError:
        raise UsageError(
            f"EEGTUNE_DATA_CACHE_GIGABYTES is {text!r}; allowed is a number from 0"
        ) from None
    bound = None if given is None else round(given * 1e9)
    return Store(Path(chosen).expanduser(), bound)


def link_or_copy(content: Path, target: Path) -> None:
    """Let a content appear at a path, as a hard link where the disk is the same."""
    import shutil

    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.link(content, temporary)
    except OSError:
        shutil.copyfile(content, temporary)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # renaming a link onto another of the same file keeps both


@contextlib.contextmanager
def _lock(path: Path, *, wait: bool = True) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield stream


@contextlib.contextmanager
def _named_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"the disk of the data cache {folder} is full; free some space, give another "
                "folder, or lower its bound"
            ) from None
        if error.errno in (errno.EACCES, errno.EROFS):
            raise DataError(f"the data cache {folder} cannot be written: {error}") from None
        raise
