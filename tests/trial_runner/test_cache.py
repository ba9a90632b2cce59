from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest

from trial_runner import cache as cache_module
from trial_runner.cache import (
    Arrays,
    cache_folder,
    cache_uses,
    cached,
    code_version,
    content_key,
    file_digest,
)


def _compute() -> Arrays:
    return {"x": np.arange(6.0).reshape(2, 3), "names": np.array(["a", "b"])}


def _never() -> Arrays:
    raise AssertionError("computed again")


def test_the_second_use_reads(tmp_path: Path) -> None:
    first = cached(tmp_path, "kind", "key", _compute)
    second = cached(tmp_path, "kind", "key", _never)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    assert list(cached(tmp_path, "kind", "key", _never, ("names",))) == ["names"]
    assert cache_uses(tmp_path) == {"kind": (2, 1)}


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cached(None, "kind", "key", _compute)["x"].shape == (2, 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn", b"no archive at all"])
def test_a_damaged_file_is_computed_again(
    tmp_path: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    cached(tmp_path, "kind", "key", _compute)
    (tmp_path / "kind" / "key.npz").write_bytes(damage)
    assert cached(tmp_path, "kind", "key", _compute)["x"].shape == (2, 3)
    assert "computed again" in capsys.readouterr().err
    cached(tmp_path, "kind", "key", _never)


def test_a_torn_array_inside_a_whole_archive_is_computed_again(tmp_path: Path) -> None:
    cached(tmp_path, "kind", "key", lambda: {"x": np.zeros(10_000)})
    path = tmp_path / "kind" / "key.npz"
    content = bytearray(path.read_bytes())
    content[5_000] ^= 0xFF
    path.write_bytes(bytes(content))
    assert not cached(tmp_path, "kind", "key", lambda: {"x": np.zeros(10_000)})["x"].any()


def test_a_failed_computation_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        cached(tmp_path, "kind", "key", _never)
    assert not list(tmp_path.rglob("*.npz"))
    cached(tmp_path, "kind", "key", _compute)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert cached(tmp_path / "sub", "kind", "key", _compute)["x"].shape == (2, 3)


def test_a_folder_that_is_a_file_costs_time_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cached(tmp_path / "file", "kind", "key", _compute)["x"].shape == (2, 3)
    assert "cannot be written" in capsys.readouterr().err


def _slow(folder: Path, calls: Path) -> None:
    def compute() -> Arrays:
        (calls / str(os.getpid())).write_text("")
        time.sleep(0.3)
        return _compute()

    assert cached(folder, "kind", "key", compute)["x"].sum() == 15


def test_of_many_processes_one_computes(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_slow, args=(tmp_path, calls)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(list(calls.iterdir())) == 1
    assert cache_uses(tmp_path) == {"kind": (3, 1)}


def test_keys_depend_on_every_part() -> None:
    keys = {content_key("a", 1), content_key("a", 2), content_key("b", 1), content_key(["a", 1])}
    assert len(keys) == 4
    assert content_key({"x": 1, "y": 2}) == content_key({"y": 2, "x": 1})
    assert len(code_version(cache_module)) == 64


def test_a_digest_follows_the_content(tmp_path: Path) -> None:
    file, folder = tmp_path / "data", tmp_path / "cache"
    file.write_text("one")
    first = file_digest(file, folder)
    assert file_digest(file, folder) == first == file_digest(file, None)
    file.write_text("two, longer")
    assert file_digest(file, folder) == file_digest(file, None) != first


def test_where_the_cache_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EEGTUNE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder("none") is None
    assert cache_folder("here") == Path("here")
    assert cache_folder("") == tmp_path / "xdg" / "eegtune"
    monkeypatch.setenv("EEGTUNE_CACHE", str(tmp_path / "given"))
    assert cache_folder("") == tmp_path / "given"
    assert cache_folder("").is_dir()  # type: ignore[union-attr]


def test_a_cache_that_cannot_be_used_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cache_folder(str(tmp_path / "file" / "cache")) is None
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "going on without" in err
