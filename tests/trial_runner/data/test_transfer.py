from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial_runner.data.transfer import TemporaryTransferError, TransferSettings, download
from trial_runner.errors import DataError

CONTENT = bytes(range(256)) * 10
DIGEST = hashlib.sha256(CONTENT).hexdigest()
QUICK = TransferSettings(range_bytes=300, threads=3, attempts=3, pause_seconds=0.001)


@dataclass
class _Memory:
    content: bytes = CONTENT
    fault: Callable[[int, int], None] = lambda start, attempt: None
    reads: list[int] = field(default_factory=list)
    name: str = "s3://b/k"

    def size(self) -> int:
        return len(self.content)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        self.reads.append(start)
        middle = (start + stop) // 2
        yield self.content[start:middle]
        self.fault(start, self.reads.count(start))
        yield self.content[middle:stop]


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=500), st.integers(1, 200), st.integers(1, 4))
def test_any_content_in_any_ranges(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, range_bytes: int, threads: int
) -> None:
    partial = tmp_path_factory.mktemp("t") / "part"
    come: list[int] = []
    digest = download(
        _Memory(content), partial, TransferSettings(range_bytes, threads), None, come.append
    )
    assert digest == hashlib.sha256(content).hexdigest()
    assert partial.read_bytes() == content
    assert sum(come) == len(content)


def test_a_broken_connection_is_tried_again(tmp_path: Path) -> None:
    def fault(start: int, attempt: int) -> None:
        if attempt < 3:
            raise TemporaryTransferError("reset")

    come: list[int] = []
    source = _Memory(fault=fault)
    assert download(source, tmp_path / "part", QUICK, len(CONTENT), come.append) == DIGEST
    assert sum(come) == len(CONTENT)  # what had to be fetched again is not counted twice
    assert len(source.reads) == 3 * 9


def test_after_the_last_attempt_it_fails(tmp_path: Path) -> None:
    def fault(start: int, attempt: int) -> None:
        if start == 600:
            raise TemporaryTransferError("s3://b/k: reset")

    with pytest.raises(DataError, match=r"s3://b/k: reset \(3 attempts\)"):
        download(_Memory(fault=fault), tmp_path / "part", QUICK)


def test_what_cannot_get_better_is_not_tried_again(tmp_path: Path) -> None:
    def fault(start: int, attempt: int) -> None:
        raise DataError("s3://b/k: access denied")

    source = _Memory(fault=fault)
    with pytest.raises(DataError, match="access denied"):
        download(source, tmp_path / "part", QUICK)
    assert max(source.reads.count(start) for start in source.reads) == 1


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def fault(start: int, attempt: int) -> None:
        if start == 1500:
            raise DataError("gone")

    settings = TransferSettings(range_bytes=300, threads=1)
    with pytest.raises(DataError, match="gone"):
        download(_Memory(fault=fault), tmp_path / "part", settings)
    again = _Memory()
    assert download(again, tmp_path / "part", settings) == DIGEST
    assert again.reads[0] == min(again.reads) == 1500  # later ones may have come meanwhile
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part"]


def test_another_size_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x" * 10)
    (tmp_path / "part.ranges").write_text("10 300\n0\n")
    assert download(_Memory(), tmp_path / "part", QUICK) == DIGEST


def test_a_truncated_answer_is_noticed(tmp_path: Path) -> None:
    class Truncated(_Memory):
        def read(self, start: int, stop: int) -> Iterator[bytes]:
            yield self.content[start : stop - 1]

    with pytest.raises(DataError, match="bytes 0 to 300: expected 300, got 299"):
        download(Truncated(), tmp_path / "part", TransferSettings(300, 1, 2, 0.001))


def test_another_size_than_the_manifest_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="s3://b/k: expected 5 bytes, it has 2560"):
        download(_Memory(), tmp_path / "part", QUICK, 5)


def test_a_trickle_is_given_up(tmp_path: Path) -> None:
    class Slow(_Memory):
        def read(self, start: int, stop: int) -> Iterator[bytes]:
            import time

            for index in range(start, stop):
                time.sleep(0.005)
                yield self.content[index : index + 1]

    settings = TransferSettings(300, 1, 1, 0.001, stall_seconds=0.02, stall_bytes=1000)
    with pytest.raises(DataError, match=r"only \d+ bytes came in"):
        download(Slow(), tmp_path / "part", settings)
