"""Beside Katib's metrics collector: stay until it has started.

A trial that ends before its collector lists the processes of the pod is failed although it
printed its metrics (reference: katib#2181, seen on a real cluster).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_MARKS = (b"metricscollector", b"-s-db")
_POLL_SECONDS = 0.1


def wait_for_collector(
    environment: Mapping[str, str] = os.environ,
    proc: Path = Path("/proc"),
    at_most_seconds: float = 120.0,
    grace_seconds: float = 1.5,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until the collector's process is visible; return whether it was seen.

    Returns at once where this is no Katib trial, or where the pod's containers do not share
    their processes, as then there is no collector to wait for. Once seen, the collector is left
    the moment that it needs to list the processes.
    """
    if not environment.get("KATIB_TRIAL_NAME") or not _shares_processes(proc):
        return False
    waited_seconds = 0.0
    while not _sees_collector(proc):
        if waited_seconds >= at_most_seconds:
            return False
        sleep(_POLL_SECONDS)
        waited_seconds += _POLL_SECONDS
    sleep(grace_seconds)
    return True


def _shares_processes(proc: Path) -> bool:
    """Whether process 1 is the pod's own, which holds the shared namespace."""
    return b"pause" in _read(proc / "1" / "cmdline")


def _sees_collector(proc: Path) -> bool:
    for process in proc.iterdir():
        if process.name.isdigit():
            command = _read(process / "cmdline")
            if any(mark in command for mark in _MARKS):
                return True
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended, or is hidden
        return b""
