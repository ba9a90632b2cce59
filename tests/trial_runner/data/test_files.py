from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trial_runner.data.catalogue import Source
from trial_runner.data.entry import Entry
from trial_runner.data.files import find_files
from trial_runner.errors import DataError, DataNotFoundError

PATTERN = r"(?P<subject>S\d+)/(?P<session>\d)_(?P<label>a|b)\.edf"


def _source(folder: Path, paths: list[str], **fields: Any) -> Source:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")
    return Source(Entry(name="x", classes=("a", "b"), **fields), folder)


def test_what_a_path_tells(tmp_path: Path) -> None:
    source = _source(tmp_path, ["S2/1_b.edf", "S1/2_a.edf", "S1/notes.txt"], files=PATTERN)
    files = find_files(source, "development")
    assert [(f.subject, f.session, f.label, f.partition) for f in files] == [
        ("S1", "2", "a", None),
        ("S2", "1", "b", None),
    ]


def test_partitions_are_kept_apart(tmp_path: Path) -> None:
    source = _source(
        tmp_path,
        ["TRAIN.ts", "TEST.ts"],
        files=r"(?P<partition>\w+)\.ts",
        test_partition="TEST",
    )
    assert [f.path.name for f in find_files(source, "development")] == ["TRAIN.ts"]
    assert [f.path.name for f in find_files(source, "test")] == ["TEST.ts"]


def test_test_subjects_do_not_depend_on_who_else_there_is(tmp_path: Path) -> None:
    paths = [f"S{subject:02}/1_{label}.edf" for subject in range(20) for label in "ab"]
    source = _source(tmp_path, paths, files=PATTERN, test_subjects_share=0.25)
    development = {f.subject for f in find_files(source, "development")}
    test = {f.subject for f in find_files(source, "test")}
    assert len(development) == 15
    assert len(test) == 5
    assert not development & test
    for label in "ab":
        (tmp_path / f"S00/1_{label}.edf").unlink()
    fewer = {f.subject for f in find_files(source, "test")}
    assert test - {"S00"} <= fewer


def test_no_file_matches(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"no file below .* \(the field files\)"):
        find_files(_source(tmp_path, ["a.txt"], files=PATTERN), "development")


def test_no_test_part_is_declared(tmp_path: Path) -> None:
    source = _source(tmp_path, ["S1/1_a.edf"], files=PATTERN)
    with pytest.raises(DataError, match="x has no test part; declare test_partition"):
        find_files(source, "test")


def test_too_few_subjects_for_a_test_part(tmp_path: Path) -> None:
    source = _source(tmp_path, ["S1/1_a.edf"], files=PATTERN, test_subjects_share=0.3)
    with pytest.raises(DataError, match=r"1 subject\(s\), too few to keep a share of 0\.3"):
        find_files(source, "development")
