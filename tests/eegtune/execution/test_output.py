from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eegtune.execution.output import LONGEST_LINE_BYTES, CappedLog, LineSplitter, OutputStream
from eegtune.metrics.reader import TextReader

READER = TextReader(["loss"])


def split(*pieces: bytes) -> list[str]:
    splitter = LineSplitter(READER)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"loss=1\nacc=2\nloss=3\n"], ["loss=1", "loss=3"]),
        ([b"lo", b"ss=", b"1\nlo", b"ss=2"], ["loss=1", "loss=2"]),
        ([b"loss=1"], ["loss=1"]),
        ([b"loss=1\r\n"], ["loss=1\r"]),
        ([b"\xff\xfe loss=1\n"], ["\ufffd\ufffd loss=1"]),
        ([b"\x00\x01\x02" * 100], []),
        ([], []),
    ],
)
def test_lines_that_may_matter(pieces: list[bytes], lines: list[str]) -> None:
    assert split(*pieces) == lines


@given(st.lists(st.sampled_from([b"loss=1", b"\n", b"x", b" ", b"loss", b"=2\n"]), max_size=30),
       st.integers(1, 7))  # fmt: skip
def test_the_cuts_of_the_stream_do_not_matter(pieces: list[bytes], size: int) -> None:
    whole = b"".join(pieces)
    cut = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert split(*cut) == split(whole)


def test_a_line_without_end_is_cut_at_a_blank_and_keeps_its_metrics() -> None:
    word = b"loss=%07d "
    count = 3 * LONGEST_LINE_BYTES // len(word % 0)
    splitter = LineSplitter(READER)
    values = []
    for start in range(0, count, 500):
        data = b"".join(word % number for number in range(start, min(count, start + 500)))
        values += [report.text for line in splitter.feed(data) for report in READER.read(line)]
        assert len(splitter._rest) <= LONGEST_LINE_BYTES
    values += [report.text for line in splitter.finish() for report in READER.read(line)]
    assert [int(value) for value in values] == list(range(count))


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        ([b"abc"], b"abc"),
        ([b"abcdefghij"], b"abcdefghij"),
        ([b"abcdefghijklm"], b"abcdefghijklm"),
        ([b"abcdefghij", b"k" * 50, b"vwxyz"],
         b"abcdefghij\n[eegtune: 50 bytes are left out here]\nvwxyz"),
        ([b"a" * 12, b"b" * 1000], b"a" * 10 + b"\n[eegtune: 997 bytes are left out here]\nbbbbb"),
    ],
)  # fmt: skip
def test_a_log_keeps_start_and_end(tmp_path: Path, pieces: list[bytes], kept: bytes) -> None:
    log = CappedLog(tmp_path / "log", first=10, last=5)
    for piece in pieces:
        log.write(piece)
    log.close()
    assert (tmp_path / "log").read_bytes() == kept


def test_a_full_disk_ends_the_log_only() -> None:
    log = CappedLog(Path("/dev/full"))
    log.write(b"x")
    log.write(b"y")
    log.close()


def test_last_lines_are_the_last_that_say_something(tmp_path: Path) -> None:
    stream = OutputStream(tmp_path / "log", READER)
    stream.feed(b"".join(b"line %d\n\n" % number for number in range(1000)))
    assert stream.last_lines.splitlines() == [f"line {number}" for number in range(994, 1000)]
