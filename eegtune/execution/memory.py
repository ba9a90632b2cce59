"""How much memory trials use, and whether the system has killed for want of it.

A trial's limit is kept by looking at it several times a second. `RLIMIT_AS` would be the kernel's
affair, but it limits addresses, of which torch and CUDA reserve many gigabytes that they never
use; a control group of one's own needs rights that a person on a laptop, or a container, does not
have. What counts is the memory of all processes of the trial's session: what is theirs alone, and
of what they share with the warm process that they come from (its imports) their share (PSS). A
trial that allocates faster than it is looked at may exceed its limit for a moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_LOOK_SECONDS = 0.2
_MIB = 2**20
_SESSION_FIELD = 3  # of /proc/PID/stat, after the command's closing parenthesis
_PROC = Path("/proc")
_OOM_COUNTS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))


class MemoryWatch:
    """Looks several times a second at how much memory trials use."""

    def __init__(self) -> None:
        self._is_possible = can_be_watched()
        self.look_at = 0.0  # monotonic seconds

    def look(self, limits: Mapping[int, int]) -> dict[int, str]:
        """Return which processes have led their sessions beyond their limits, and a message.

        Nothing where it is not yet time to look again, or where the system does not tell.

        Args:
            limits: Bytes that a session may use, by the process that leads it.
        """
        if not limits or not self._is_possible or time.monotonic() < self.look_at:
            return {}
        found = used_by_sessions(limits)
        self.look_at = time.monotonic() + _LOOK_SECONDS
        return {
            leader: f"out of memory (OOMKilled): it used {used / _MIB:.0f} MiB, its limit is "
            f"{limits[leader] / _MIB:.0f} MiB"
            for leader, used in found.items()
        }


def likely_cause_of_kill(kills_before: int) -> str:
    """Return why a process was killed that we did not kill; empty where nobody knows.

    Args:
        kills_before: What `out_of_memory_kills` was when it started.
    """
    if out_of_memory_kills() > kills_before:
        return "most likely out of memory (the system has killed for want of it meanwhile)"
    return ""


def can_be_watched(proc: Path = _PROC) -> bool:
    """Say whether this system tells how much memory a process uses."""
    return (proc / "self" / "smaps_rollup").exists()


def used_by_sessions(limits: Mapping[int, int], proc: Path = _PROC) -> dict[int, int]:
    """Return the bytes that sessions use, of those that use more than their limit.

    Args:
        limits: Bytes that a session may use, by the process that leads it.
        proc: Where the system tells of its processes.
    """
    if not limits:
        return {}
    members: dict[int, list[Path]] = {leader: [] for leader in limits}
    for entry in proc.iterdir():
        session = _session_of(entry) if entry.name.isdigit() else None
        if session in members:
            members[session].append(entry)
    found = {}
    for leader, processes in members.items():
        # Resident memory counts what is shared once for each process: cheap, and never too low.
        if sum(map(_resident_bytes, processes)) <= limits[leader]:
            continue
        used = sum(map(_proportional_bytes, processes))
        if used > limits[leader]:
            found[leader] = used
    return found


def out_of_memory_kills() -> int:
    """Return how often the system has killed a process for want of memory since it started."""
    counts = [_count_of_kills(path) for path in _OOM_COUNTS]
    return sum(counts)


def _count_of_kills(path: Path) -> int:
    try:
        pairs = dict(line.split() for line in path.read_text().splitlines())
        return int(pairs.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


def _session_of(process: Path) -> int | None:
    def read(text: str) -> int:
        return int(text.rpartition(")")[2].split()[_SESSION_FIELD])

    return _tell(process / "stat", read)


def _resident_bytes(process: Path) -> int:
    page = os.sysconf("SC_PAGE_SIZE")
    return _tell(process / "statm", lambda text: int(text.split()[1]) * page) or 0


def _proportional_bytes(process: Path) -> int:
    def read(text: str) -> int:
        lines = [line.split() for line in text.splitlines()]
        return sum(int(words[1]) for words in lines if words[0] in ("Pss:", "SwapPss:")) * 1024

    return _tell(process / "smaps_rollup", read) or 0


def _tell(path: Path, read: Callable[[str], int]) -> int | None:
    try:
        return read(path.read_text())
    except (OSError, IndexError, ValueError):  # it has just ended
        return None
