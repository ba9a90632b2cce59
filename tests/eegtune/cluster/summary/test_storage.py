from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegtune.cluster.summary.storage import (
    StorageError,
    connect,
    parse_destination,
    put_files,
)
from trial_runner.s3_client import S3Location

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed (extra `cluster`)")


@pytest.fixture
def client(s3_server: str) -> Any:
    """A client of the S3 server, with the bucket `results`."""
    found = connect()
    found.create_bucket(Bucket="results")
    return found


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("s3://bucket/a/b/", S3Location("bucket", "a/b")),
        ("s3://bucket", S3Location("bucket", "")),
    ],
)
def test_parses(text: str, parsed: S3Location) -> None:
    assert parse_destination(text) == parsed


@pytest.mark.parametrize("text", ["bucket/a", "s3:///a", "https://bucket/a", ""])
def test_refuses_what_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        parse_destination(text)


def test_puts_only_what_is_new(client: Any, tmp_path: Path) -> None:
    place = S3Location("results", "run")
    report, log = tmp_path / "report.html", tmp_path / "log"
    report.write_text("one")
    log.write_text("x=1")
    files = {"report.html": report, "trials/a/stdout.log": log}
    assert put_files(client, place, files) == ["report.html", "trials/a/stdout.log"]
    assert put_files(client, place, files) == []
    report.write_text("two")
    assert put_files(client, place, files) == ["report.html"]
    body = client.get_object(Bucket="results", Key="run/report.html")["Body"].read()
    assert body == b"two"


def test_a_missing_bucket_is_named_with_the_object(client: Any, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("x")
    with pytest.raises(StorageError, match=r"s3://absent/run/x: .*NoSuchBucket.*Make the bucket"):
        put_files(client, S3Location("absent", "run"), {"x": path})
