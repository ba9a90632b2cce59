from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from trial_runner.data.manifest import (
    Manifest,
    ManifestFile,
    differences,
    make_manifest,
    parse_checksums,
    parse_manifest,
)
from trial_runner.errors import DataError

DIGEST = hashlib.sha256(b"abc").hexdigest()


def test_a_manifest_survives_being_written(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.edf").write_bytes(b"abc")
    (tmp_path / ".hidden").write_bytes(b"x")
    manifest = make_manifest(tmp_path)
    assert manifest == Manifest((ManifestFile("sub/a.edf", DIGEST, 3),))
    (tmp_path / "manifest.json").write_text(manifest.to_json())
    assert make_manifest(tmp_path) == manifest
    assert parse_manifest(manifest.to_json(), "m") == manifest
    assert differences(manifest, tmp_path) == []


def test_differences_are_named(tmp_path: Path) -> None:
    manifest = Manifest(tuple(ManifestFile(name, DIGEST, 3) for name in ("a", "b", "c")))
    (tmp_path / "b").write_bytes(b"abcd")
    (tmp_path / "c").write_bytes(b"abd")
    first, second, third = differences(manifest, tmp_path)
    assert first == "a: missing"
    assert second == "b: 4 bytes, expected 3"
    assert third.startswith("c: sha256 ")
    assert third.endswith(DIGEST)


def test_checksums_as_physionet_writes_them() -> None:
    manifest = parse_checksums(f"{DIGEST} S001/S001R01.edf\n{DIGEST} *RECORDS\n\n", "m")
    assert [file.path for file in manifest.files] == ["RECORDS", "S001/S001R01.edf"]
    assert manifest.files[0].size is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "m lists no files"),
        ([{"path": "a", "sha256": "12"}], "expected 64 hexadecimal digits"),
        ([{"path": "a", "sha256": DIGEST, "size": -1}], "size of a is -1"),
        ([{"path": "../a", "sha256": DIGEST}], "'../a' leads out of the data set"),
        ([{"path": "/etc/a", "sha256": DIGEST}], "'/etc/a' leads out of the data set"),
        ([{"path": "a", "sha256": DIGEST}] * 2, "lists a twice"),
        ([{"sha256": DIGEST}], "m is no manifest"),
    ],
)
def test_what_is_no_manifest(files: list[dict[str, object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_manifest(json.dumps({"files": files}), "m")


def test_text_that_is_no_json() -> None:
    with pytest.raises(DataError, match="m is no manifest"):
        parse_manifest("<html>", "m")
    with pytest.raises(DataError, match="line 1: expected a SHA-256 and a path"):
        parse_checksums("<html>", "m")


def test_an_empty_folder_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no files"):
        make_manifest(tmp_path)
