"""Computed arrays kept on disk by content: the second trial does not compute them again.

A key is the SHA-256 of everything that the arrays depend on. Files appear by atomic rename, so a
reader never sees half of one; among trials that need the same arrays at once, a lock lets one
compute while the others wait. A cache that cannot be written costs time, never a result. Every
use is counted in the file `uses.log` of the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.reporting import note

Arrays = dict[str, NDArray[np.generic]]


def cache_folder(given: str) -> Path | None:
    """Return the folder for the argument `--cache`; None where it is `none` or not writable."""
    if given == "none":
        return None
    folder = Path(given or os.environ.get("EEGTUNE_CACHE") or _default_folder())
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:  # a RuntimeError where there is no home
        note(f"cache: {folder} cannot be used ({error}); going on without")
        return None
    if not os.access(folder, os.W_OK):
        note(f"cache: {folder} cannot be written; going on without")
        return None
    return folder


def _default_folder() -> str:
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "eegtune")


def content_key(*parts: object) -> str:
    """Return the SHA-256 of values that JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def code_version(*modules: ModuleType) -> str:
    """Return the SHA-256 of the modules' source: changed code never finds old results."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def file_digest(path: Path, cache: Path | None) -> str:
    """Return the SHA-256 of a file; remembered in the cache while size and time stay the same."""
    status = path.stat()
    seen = content_key(str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino)
    memo = cache / "digests" / seen if cache else None
    if memo is not None and memo.is_file():
        return memo.read_text()
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if memo is not None:
        _write(memo, lambda temporary: temporary.write_text(digest))
    return digest


def cached(
    cache: Path | None,
    kind: str,
    key: str,
    compute: Callable[[], Mapping[str, NDArray[np.generic]]],
    names: tuple[str, ...] | None = None,
) -> Arrays:
    """Return the arrays of a key, computed if the cache does not have them.

    Args:
        cache: Its folder; None to compute always.
        kind: What the arrays are, for the folder and the count of uses.
        key: What they depend on, see `content_key`.
        compute: Makes them.
        names: Which of them to read; all where absent. What had to be computed comes whole.
    """
    if cache is None:
        return dict(compute())
    path = cache / kind / f"{key}.npz"
    found = _read(path, names)
    if found is None:
        with _lock(path.with_suffix(".lock")):
            found = _read(path, names)  # another trial may have computed them meanwhile
            if found is None:
                _count(cache, "miss", kind, key)
                arrays = dict(compute())
                _write(path, lambda temporary: _save(temporary, arrays))
                return arrays
    _count(cache, "hit", kind, key)
    return found


def _read(path: Path, names: tuple[str, ...] | None) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in names or stored.files}
    except FileNotFoundError:
        return None
    except (BadZipFile, EOFError, KeyError, ValueError, OSError) as error:
        note(f"cache: {path} cannot be read ({error}); it is computed again")
        return None


def _save(path: Path, arrays: Arrays) -> None:
    with path.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file appear complete or not at all."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        note(f"cache: {path.parent} cannot be written ({error.strerror or error}); going on")
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _count(cache: Path, outcome: str, kind: str, key: str) -> None:
    """Append one line to the count of uses; a short append is never torn by another's."""
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        handle = os.open(cache / "uses.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, f"{outcome} {kind} {key[:16]}\n".encode())
        finally:
            os.close(handle)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process; go on without where the disk has none."""
    handle = None
    try:
        import fcntl

        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except (OSError, ImportError):
        pass  # computing twice is harmless
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def cache_uses(cache: Path) -> dict[str, tuple[int, int]]:
    """Return hits and misses by kind."""
    counts: dict[str, list[int]] = {}
    log = cache / "uses.log"
    for line in log.read_text().splitlines() if log.is_file() else ():
        outcome, kind, _ = line.split()
        counts.setdefault(kind, [0, 0])[outcome == "miss"] += 1
    return {kind: (hits, misses) for kind, (hits, misses) in counts.items()}
