"""One process at a time runs trials in a folder; a dead one leaves no lock behind.

The lock is an advisory one of the kernel (flock), shared with the process that starts trials:
after `kill -9` it goes when the last trial has been killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from eegtune.execution.closing import Closing

_SECONDS_FOR_LEFTOVERS = 15.0
_POLL_SECONDS = 0.05


class LockedError(Exception):
    """Another process runs trials in this folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{folder}: {who} is running this Experiment. Watch it with "
            f"`eegtune status {folder}`, or stop that one first"
        )


class RunLock(Closing):
    """Holds the lock of a run until it is closed or the process dies."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            LockedError: Another process holds it.
        """
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._take(path)
        except BaseException:
            os.close(self._descriptor)
            raise

    @property
    def descriptor(self) -> int:
        """The open file, for a child that shall keep the lock too."""
        return self._descriptor

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def _take(self, path: Path) -> None:
        give_up_at = time.monotonic() + _SECONDS_FOR_LEFTOVERS
        while not self._try():
            holder = self._holder()
            if (holder is not None and is_alive(holder)) or time.monotonic() >= give_up_at:
                raise LockedError(path.parent, holder)
            time.sleep(_POLL_SECONDS)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> int | None:
        text = os.pread(self._descriptor, 32, 0)
        return int(text) if text.isdigit() else None


def is_alive(pid: int) -> bool:
    """Say whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_running(lock_file: Path) -> bool:
    """Say whether some process runs trials in a folder, without disturbing it."""
    try:
        descriptor = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
