from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trial_runner.errors import UsageError
from trial_runner.training.checkpoint_place import FolderPlace, Place, PlaceError, open_place

moto = pytest.importorskip("moto")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    with moto.mock_aws():
        import boto3

        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lab")
        yield "lab"


@pytest.fixture(params=["folder", "s3", "s3 without prefix"])
def place(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Place:
    locations = {
        "folder": str(tmp_path / "new" / "folder"),
        "s3": f"s3://{bucket}/some/prefix/",
        "s3 without prefix": f"s3://{bucket}",
    }
    return open_place(locations[request.param])


def test_files_come_and_go(place: Place) -> None:
    assert place.names("a") == []
    assert place.read("a/one") is None
    place.write("a/one", b"1")
    place.write("a/two", b"2")
    place.write("ab/three", b"3")
    place.write("a/one", b"new")
    assert sorted(place.names("a")) == ["one", "two"]
    assert place.read("a/one") == b"new"
    place.delete("a/one")
    place.delete("a/one")
    assert place.names("a") == ["two"]


def test_many_files_are_all_listed(bucket: str) -> None:
    place = open_place(f"s3://{bucket}/many")
    for number in range(1001):  # S3 lists at most 1,000 at once
        place.write(f"a/{number}", b"")
    assert len(place.names("a")) == 1001


def test_what_is_half_written_is_never_seen(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.write("a/one", b"1")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["one"]
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match="file/one: "):
        place.write("file/one", b"1")


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    place = open_place("s3://another/x")
    for action in (lambda: place.names("a"), lambda: place.write("a/b", b"")):
        with pytest.raises(PlaceError, match="s3://another/x/a.*NoSuchBucket"):
            action()


@pytest.mark.parametrize("location", ["gs://bucket/x", "s3://", "file:///tmp"])
def test_other_locations(location: str) -> None:
    with pytest.raises(UsageError, match="allowed are a folder and s3://bucket/prefix"):
        open_place(location)
