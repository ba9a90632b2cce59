from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
from pathlib import Path

import pytest

from trial_runner.data.store import Store, WrongBytesError, link_or_copy
from trial_runner.errors import DataError


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _put(store: Store, content: bytes) -> Path:
    def fetch(partial: Path) -> str:
        partial.write_bytes(content)
        return _digest(content)

    return store.get(_digest(content), "a", fetch)


def _never(partial: Path) -> str:
    pytest.fail("fetched again")


def test_a_content_is_fetched_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = _put(store, b"abc")
    assert path.read_bytes() == b"abc"
    assert path.relative_to(tmp_path).parts[:2] == ("sha256", _digest(b"abc")[:2])
    assert store.get(_digest(b"abc"), "a", _never) == path


def test_wrong_bytes_are_not_kept(tmp_path: Path) -> None:
    store, wanted = Store(tmp_path), _digest(b"abc")

    def fetch(partial: Path) -> str:
        partial.write_bytes(b"abd")
        return _digest(b"abd")

    with pytest.raises(WrongBytesError, match=f"s3://b/k: expected sha256 {wanted}, got sha256"):
        store.get(wanted, "s3://b/k", fetch)
    assert not store.path_of(wanted).exists()
    assert not any((tmp_path / "partial").iterdir())


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path, max_bytes=25)
    first, second = _put(store, b"a" * 10), _put(store, b"b" * 10)
    os.utime(first, ns=(2, 2))
    os.utime(second, ns=(1, 1))
    third = _put(store, b"c" * 10)
    assert [path.exists() for path in (first, second, third)] == [True, False, True]


def test_what_is_held_is_never_removed(tmp_path: Path) -> None:
    store = Store(tmp_path, max_bytes=5)
    held = _put(store, b"a" * 10)
    os.utime(held, ns=(1, 1))
    with store.hold(held.name):
        other = _put(store, b"b" * 10)
        assert held.exists()
        assert other.exists()  # what was asked for just now stays too
    assert sorted(store.evict()) == sorted([held.name, other.name])


def test_a_content_larger_than_the_bound_can_be_used(tmp_path: Path) -> None:
    assert _put(Store(tmp_path, max_bytes=1), b"abc").read_bytes() == b"abc"


def _fetch_slowly(folder: str, log: str) -> None:
    import time

    def fetch(partial: Path) -> str:
        with open(log, "a") as stream:
            stream.write("fetched\n")
        time.sleep(0.2)
        partial.write_bytes(b"abc")
        return _digest(b"abc")

    Store(Path(folder)).get(_digest(b"abc"), "a", fetch)


def test_one_download_however_many_processes_ask(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    log = tmp_path / "log"
    workers = [
        context.Process(target=_fetch_slowly, args=(str(tmp_path / "store"), str(log)))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert log.read_text() == "fetched\n"


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    def fetch(partial: Path) -> str:
        partial.write_bytes(b"a")
        raise OSError(errno.ENOSPC, "No space left on device")

    store = Store(tmp_path)
    with pytest.raises(DataError, match=r"the disk of the data cache .* is full"):
        store.get(_digest(b"abc"), "a", fetch)
    assert not store.path_of(_digest(b"abc")).exists()


def test_a_link_replaces_what_is_there(tmp_path: Path) -> None:
    content = _put(Store(tmp_path / "store"), b"abc")
    target = tmp_path / "data" / "sub" / "a"
    link_or_copy(content, target)
    link_or_copy(content, target)
    assert target.read_bytes() == b"abc"
    assert sorted(path.name for path in target.parent.iterdir()) == ["a"]
