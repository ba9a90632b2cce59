"""What this machine has for trials, and how many of them fit at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eegtune.execution.pod import Resources

_SECONDS_FOR_NVIDIA_SMI = 20.0
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Machine:
    """The processor cores, the memory and the GPUs that trials may use.

    Attributes:
        cpu_cores: Cores that this process may run on.
        memory_bytes: Main memory.
        gpus: Names of GPUs as CUDA_VISIBLE_DEVICES takes them.
    """

    cpu_cores: int
    memory_bytes: int
    gpus: tuple[str, ...] = ()

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Machine:
        """Look at the machine that this process runs on."""
        return cls(_cpu_cores(), _memory_bytes(), _gpus(environment))

    def trials_at_once(self, asked: Resources) -> int:
        """Return how many trials that ask for so much fit at once, at least one."""
        fits = [
            int(self.cpu_cores / asked.cpu_cores) if asked.cpu_cores else None,
            int(self.memory_bytes / asked.memory_bytes) if asked.memory_bytes else None,
            len(self.gpus) // asked.gpus if asked.gpus and self.gpus else None,
        ]
        return max(1, min((each for each in fits if each is not None), default=2**31))

    def lacks(self, asked: Resources) -> list[str]:
        """Say what one trial asks for and the machine does not have."""
        found = []
        if asked.cpu_cores and asked.cpu_cores > self.cpu_cores:
            found.append(f"{asked.cpu_cores:g} CPU cores (there are {self.cpu_cores})")
        if asked.memory_bytes and asked.memory_bytes > self.memory_bytes:
            has = self.memory_bytes / _GIB
            found.append(f"{asked.memory_bytes / _GIB:.1f} GiB of memory (there are {has:.1f})")
        if asked.gpus > len(self.gpus):
            found.append(f"{asked.gpus} GPUs (there are {len(self.gpus) or 'none'})")
        return found


class GpuPool:
    """Gives each running trial GPUs of its own."""

    def __init__(self, gpus: tuple[str, ...]) -> None:
        self._free = list(gpus)
        self._given: dict[object, list[str]] = {}

    def take(self, holder: object, count: int) -> tuple[str, ...]:
        """Give a holder so many GPUs, or as many as are free."""
        given, self._free = self._free[:count], self._free[count:]
        self._given[holder] = given
        return tuple(given)

    def held_by(self, holder: object) -> tuple[str, ...]:
        """Return what a holder has."""
        return tuple(self._given.get(holder, ()))

    def give_back(self, holder: object) -> None:
        """Take back what a holder has; nothing where it has nothing."""
        self._free += self._given.pop(holder, [])


def _cpu_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):  # no such limit, or "max"
            continue
    return total


def _gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    given = environment.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return tuple(name.strip() for name in given.split(",") if name.strip())
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    try:
        done = subprocess.run(
            [program, "--query-gpu=index", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=_SECONDS_FOR_NVIDIA_SMI, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(done.stdout.split()) if done.returncode == 0 else ()
