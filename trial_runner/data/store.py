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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from trial_runner.errors import DataError

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
            os.utime(path)
        self.evict(keep=digest)
        return path

    @contextlib.contextmanager
    def hold(self, *digests: str) -> Iterator[None]:
        """Keep contents from being removed while the block runs, whoever else evicts."""
        with contextlib.ExitStack() as stack:
            for digest in sorted(digests):
                stack.enter_context(_lock(self._lock_file(digest, "use"), shared=True))
            yield

    def evict(self, keep: str | None = None) -> list[str]:
        """Remove what was not used for the longest until the bound holds; return the digests."""
        if self.max_bytes is None:
            return []
        files = [(path, path.stat()) for path in (self.folder / "sha256").glob("*/*")]
        total = sum(status.st_size for _, status in files)
        removed: list[str] = []
        for path, status in sorted(files, key=lambda one: one[1].st_mtime_ns):
            if total <= self.max_bytes:
                break
            if path.name != keep and self._remove(path):
                total -= status.st_size
                removed.append(path.name)
        return removed

    def _remove(self, path: Path) -> bool:
        """Remove a file that nobody holds; return whether it is gone."""
        try:
            with _lock(self._lock_file(path.name, "use"), wait=False):
                path.unlink(missing_ok=True)
                return True
        except BlockingIOError:
            return False

    def _lock_file(self, digest: str, kind: str) -> Path:
        return self.folder / "locks" / f"{digest}.{kind}"


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
def _lock(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        flags = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        fcntl.flock(stream, flags)
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
