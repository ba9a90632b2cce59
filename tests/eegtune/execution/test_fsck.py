from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.fsck import Problem, check_run
from eegtune.execution.run import run_experiment
from eegtune.execution.writer import RunWriter


@pytest.fixture
def folder(make_experiment: Any, tmp_path: Path) -> Path:
    run_experiment(make_experiment(maxTrialCount=2), tmp_path)
    return tmp_path


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "run.db") as connection:
        connection.execute(statement)


def check(folder: Path, mend: bool = False) -> list[Problem]:
    with RunWriter.open_writable(folder) as store:
        return check_run(store, mend=mend)


def test_a_run_that_is_well(folder: Path) -> None:
    assert check(folder) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE trial SET condition = 'Running' WHERE number = 1", "but nobody runs it"),
        ("UPDATE trial SET metrics = '{\"loss\": 7}' WHERE number = 0", "its log does not give"),
    ],
)
def test_what_can_be_mended(folder: Path, statement: str, what: str) -> None:
    change(folder, statement)
    (found,) = check(folder)
    assert what in found.what
    assert not found.is_mended
    (mended,) = check(folder, mend=True)
    assert mended.is_mended
    assert check(folder) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE trial SET number = 9 WHERE number = 1", "belong to no trial"),
        ("DELETE FROM metric_log WHERE trial = 0", "its log does not give"),
        ("UPDATE run SET completion_time = NULL", "ended at no time"),
    ],
)
def test_what_cannot(folder: Path, statement: str, what: str) -> None:
    change(folder, statement)
    assert [what in problem.what for problem in check(folder, mend=True)] == [True]
    assert not check(folder, mend=True)[0].is_mended


def test_lost_output_is_named(folder: Path) -> None:
    (log,) = list(folder.glob("trials/*/stdout.log"))[:1]
    log.unlink()
    (found,) = check(folder)
    assert log.parent.name in found.what


def test_a_damaged_file(folder: Path) -> None:
    with sqlite3.connect(folder / "run.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = folder / "run.db"
    data = bytearray(file.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    file.write_bytes(data)
    assert "run.db is damaged" in check(folder)[0].what
