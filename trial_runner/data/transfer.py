"""Parallel ranged downloads that resume, and hash while they stream.

A file is fetched in ranges by several threads. Each finished range is noted beside the partial
file, so that an interrupted download goes on where it stopped. The digest is computed range by
range in order while later ones are still under way. Broken connections, short answers and server
errors are tried again with growing pauses; what cannot get better (no permission, no such object)
is not.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from trial_runner.errors import DataError

Progress = Callable[[int], None]
Result = TypeVar("Result")


class TemporaryTransferError(DataError):
    """Something that may go well when tried again."""


class _Stopped(Exception):
    """The download has failed elsewhere."""


class Source(Protocol):
    """Where a file's bytes come from."""

    @property
    def name(self) -> str:
        """What it is, for messages."""
        ...

    def size(self) -> int:
        """Return its size in bytes."""
        ...

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to before `stop`.

        Raises:
            TemporaryTransferError: Something that may go well when tried again.
            DataError: Anything else.
        """
        ...


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """How to fetch.

    Attributes:
        range_bytes: Length of a range.
        threads: Ranges fetched at a time.
        attempts: How often a range is tried.
        pause_seconds: Before the second attempt; doubled before each further one.
        stall_seconds: A range that brings less than `stall_bytes` in this time is tried again.
        stall_bytes: See there.
    """

    range_bytes: int = 8 * 1024 * 1024
    threads: int = 8
    attempts: int = 5
    pause_seconds: float = 0.5
    stall_seconds: float = 30.0
    stall_bytes: int = 64 * 1024


def download(
    source: Source,
    partial: Path,
    settings: TransferSettings,
    expected_bytes: int | None = None,
    progress: Progress = lambda _: None,
) -> str:
    """Fetch a file into a partial one and return the SHA-256 of its content.

    Args:
        source: Where from.
        partial: Where to; what an earlier attempt left there is used.
        settings: How.
        expected_bytes: Size by the manifest.
        progress: Told the number of bytes that have come, as they come.

    Raises:
        DataError: The size is another, or a range cannot be had.
    """
    size = source.size()
    if expected_bytes is not None and size != expected_bytes:
        raise DataError(f"{source.name}: expected {expected_bytes} bytes, it has {size}")
    done = _Done(partial, size, settings.range_bytes)
    starts = range(0, size, settings.range_bytes)
    digest = hashlib.sha256()
    handle = os.open(partial, os.O_RDWR | os.O_CREAT, 0o600)
    stop = threading.Event()
    try:
        os.ftruncate(handle, size)
        with ThreadPoolExecutor(settings.threads) as pool:
            pending = {
                start: pool.submit(_range, source, handle, start, size, settings, progress, stop)
                for start in starts
                if start not in done
            }
            try:
                for start in starts:
                    _finish(pending.get(start), start, done)
                    length = min(settings.range_bytes, size - start)
                    digest.update(os.pread(handle, length, start))
            except BaseException:
                stop.set()
                pool.shutdown(cancel_futures=True)
                _note_finished(pending, done)
                raise
    finally:
        os.close(handle)
    done.forget()
    return digest.hexdigest()


def retried(action: Callable[[], Result], settings: TransferSettings) -> Result:
    """Return what an action returns, tried again while that may help.

    Raises:
        DataError: It failed at every attempt, or in a way that does not pass.
    """
    for attempt in range(1, settings.attempts):
        try:
            return action()
        except TemporaryTransferError:
            time.sleep(settings.pause_seconds * 2 ** (attempt - 1))
    return action()


def _finish(future: Future[None] | None, start: int, done: _Done) -> None:
    if future is not None:
        future.result()
        done.add(start)


def _note_finished(pending: dict[int, Future[None]], done: _Done) -> None:
    for start, future in pending.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            done.add(start)


def _range(
    source: Source,
    handle: int,
    start: int,
    size: int,
    settings: TransferSettings,
    progress: Progress,
    stop: threading.Event,
) -> None:
    end = min(start + settings.range_bytes, size)
    for attempt in range(1, settings.attempts + 1):
        got = 0
        try:
            for chunk in _watched(source.read(start, end), settings, source.name):
                if stop.is_set():  # another range failed; this one is not finished either
                    raise _Stopped
                os.pwrite(handle, chunk[: end - start - got], start + got)
                got += len(chunk)
                progress(len(chunk))
            if got != end - start:
                raise TemporaryTransferError(
                    f"{source.name}: bytes {start} to {end}: expected {end - start}, got {got}"
                )
        except TemporaryTransferError as error:
            progress(-got)
            if attempt == settings.attempts:
                raise DataError(f"{error} ({attempt} attempts)") from None
            stop.wait(settings.pause_seconds * 2 ** (attempt - 1))
        else:
            return


def _watched(chunks: Iterator[bytes], settings: TransferSettings, name: str) -> Iterator[bytes]:
    """Pass chunks on while they come fast enough."""
    since, got = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        got += len(chunk)
        waited = time.monotonic() - since
        if waited > settings.stall_seconds:
            if got < settings.stall_bytes:
                raise TemporaryTransferError(f"{name}: only {got} bytes came in {waited:.0f} s")
            since, got = time.monotonic(), 0


class _Done:
    """Which ranges of a partial file are there, kept beside it."""

    def __init__(self, partial: Path, size: int, range_bytes: int) -> None:
        self._path = partial.with_name(f"{partial.name}.ranges")
        self._head = f"{size} {range_bytes}"
        self._starts: set[int] = set()
        lines = self._path.read_text().split("\n") if self._path.is_file() else []
        if partial.is_file() and lines and lines[0] == self._head:
            self._starts = {int(line) for line in lines[1:-1] if line.isdecimal()}
        else:
            self._path.write_text(f"{self._head}\n")

    def __contains__(self, start: int) -> bool:
        return start in self._starts

    def add(self, start: int) -> None:
        if start not in self._starts:
            self._starts.add(start)
            with self._path.open("a") as stream:
                stream.write(f"{start}\n")

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
