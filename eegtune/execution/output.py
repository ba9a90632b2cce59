"""What a trial writes: into a log of bounded size, and line by line to whoever reads metrics."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from eegtune.metrics.reader import MetricReader

FIRST_BYTES_KEPT = 16 * 2**20
LAST_BYTES_KEPT = 256 * 2**10
LONGEST_LINE_BYTES = 2**20
_TAIL_LINES = 6
_TAIL_BYTES = 4096


class CappedLog:
    """A log file that keeps the start and the end of a stream, with a note between them.

    A disk that is full ends the log, not the trial: metrics do not come from this file.
    """

    def __init__(
        self, path: Path, first: int = FIRST_BYTES_KEPT, last: int = LAST_BYTES_KEPT
    ) -> None:
        self._file: BinaryIO | None = path.open("wb", buffering=0)
        self._first, self._last = first, last
        self._total = self._written = 0
        self._end = bytearray()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._total += len(data)
        start = data[: self._first - self._written]
        if start:
            self._written += len(start)
            self._write_out(start)
        self._end += data[len(start) :]
        if len(self._end) > 2 * self._last:
            del self._end[: -self._last]

    def close(self) -> None:
        """Write the end of a stream that was too long, and close the file."""
        end = bytes(self._end[-self._last :])
        left_out = self._total - self._written - len(end)
        if left_out:
            self._write_out(b"\n[eegtune: %d bytes are left out here]\n" % left_out)
        self._write_out(end)
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_out(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(data)
        except OSError:
            self._file.close()
            self._file = None


class LineSplitter:
    """Cuts a stream into lines and keeps those that may hold metrics, in bounded memory.

    A line longer than `LONGEST_LINE_BYTES` is cut at its last blank within that length; what
    follows is read as a line of its own (without the time at the line's start).
    """

    def __init__(self, reader: MetricReader) -> None:
        self._reader = reader
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Take more of the stream; return the lines that are complete and may matter."""
        end = data.rfind(b"\n")
        if end < 0:
            self._rest += data
            return self._cut_long_line()
        block = bytes(self._rest) + data[:end]
        self._rest = bytearray(data[end + 1 :])
        return self._lines(block)

    def finish(self) -> list[str]:
        """Return the last line where it has no newline."""
        block = bytes(self._rest)
        self._rest.clear()
        return self._lines(block)

    def _lines(self, block: bytes) -> list[str]:
        if not self._reader.may_matter(block):
            return []
        return [
            line.decode("utf-8", "replace")
            for line in block.split(b"\n")
            if self._reader.may_matter(line)
        ]

    def _cut_long_line(self) -> list[str]:
        if len(self._rest) <= LONGEST_LINE_BYTES:
            return []
        end = self._rest.rfind(b" ")
        end = end if end > 0 else len(self._rest)
        block = bytes(self._rest[:end])
        del self._rest[:end]
        return self._lines(block)


class OutputStream:
    """One of a trial's two streams."""

    def __init__(self, log: Path, reader: MetricReader) -> None:
        self._log = CappedLog(log)
        self._splitter = LineSplitter(reader)
        self._tail = b""

    def feed(self, data: bytes) -> list[str]:
        """Keep what was read; return the lines that may hold metrics."""
        self._log.write(data)
        self._tail = (
            (self._tail + data)[-_TAIL_BYTES:] if len(data) < _TAIL_BYTES else data[-_TAIL_BYTES:]
        )
        return self._splitter.feed(data)

    def finish(self) -> list[str]:
        """Close the log; return the last line where it had no newline."""
        self._log.close()
        return self._splitter.finish()

    @property
    def last_lines(self) -> str:
        """The last few lines, as text."""
        text = self._tail.decode("utf-8", "replace")
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-_TAIL_LINES:])
