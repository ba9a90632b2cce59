"""A signal as one file that all trials of a machine map into memory: the pages are shared."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.reporting import note

Signal = NDArray[np.float32]


def shared_signal(cache: Path, key: str, compute: Callable[[], Signal]) -> Signal:
    """Return a signal that cannot be written to, mapped from the cache's file.

    Args:
        cache: Folder of the cache.
        key: What it depends on.
        compute: Makes it where the file is not there or damaged.
    """
    found = _mapped(signal_file(cache, key))
    return store_signal(cache, key, compute()) if found is None else found


def store_signal(cache: Path, key: str, signal: Signal) -> Signal:
    """Let a signal appear in the cache, complete or not at all, and return it."""
    path = signal_file(cache, key)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            np.save(stream, np.ascontiguousarray(signal, np.float32), allow_pickle=False)
        temporary.replace(path)
    except OSError as error:
        note(f"cache: {path.parent} cannot be written ({error.strerror or error}); going on")
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        return signal
    mapped = _mapped(path)
    return signal if mapped is None else mapped


def signal_file(cache: Path, key: str) -> Path:
    """Return where the signal of a key lies, or would."""
    return cache / "signals" / f"{key}.npy"


def _mapped(path: Path) -> Signal | None:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        note(f"cache: {path} cannot be read ({error}); it is computed again")
        return None
