"""Data sets on a real S3 server (MinIO, versitygw, …), with faults on the way.

`EEGTUNE_TEST_S3=http://HOST:PORT` names the server, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
its credentials; a bucket of its own is made and removed. For example, with versitygw from the Go
module proxy:

    ROOT_ACCESS_KEY=key ROOT_SECRET_KEY=secret versitygw --port :7070 posix FOLDER
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from trial_runner.data.catalogue import find_data
from trial_runner.data.load import read_windows
from trial_runner.data.local import local_data
from trial_runner.data.remote import Remote, pull, push, remote_manifest, verify
from trial_runner.data.store import Store
from trial_runner.data.transfer import TransferSettings
from trial_runner.errors import DataError

ENDPOINT = os.environ.get("EEGTUNE_TEST_S3", "")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not ENDPOINT, reason="EEGTUNE_TEST_S3 names no S3 server"),
]
boto3 = pytest.importorskip("boto3")

QUICK = TransferSettings(
    range_bytes=4096,
    threads=4,
    attempts=3,
    pause_seconds=0.01,
    stall_seconds=1.0,
    stall_bytes=1024,
)
CONTENT = bytes(range(256)) * 80


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


proxy = _load("fault_proxy")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
    client = boto3.client("s3", endpoint_url=ENDPOINT)
    name = f"eegtune-test-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    yield name
    for each in client.list_objects_v2(Bucket=name).get("Contents", ()):
        client.delete_object(Bucket=name, Key=each["Key"])
    client.delete_bucket(Bucket=name)


@pytest.fixture
def pushed(bucket: str, tmp_path: Path) -> str:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "S1.edf").write_bytes(CONTENT)
    push(tmp_path / "here", Remote(f"s3://{bucket}/one", ENDPOINT))
    return f"s3://{bucket}/one"


def _pull(where: str, tmp_path: Path, fault: str, times: int) -> None:
    parts = urlsplit(ENDPOINT)
    upstream = (str(parts.hostname), parts.port or 80)
    with proxy.spoiled(upstream, fault, times) as running:
        pull(Remote(where, running.url), tmp_path / "a", Store(tmp_path / "s"), settings=QUICK)


def test_large_files_go_there_and_back(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "here" / "sub").mkdir(parents=True)
    (tmp_path / "here" / "sub" / "large 1.edf").write_bytes(os.urandom(20 * 1024 * 1024))
    remote = Remote(f"s3://{bucket}/large", ENDPOINT)
    pushed = push(tmp_path / "here", remote)
    pull(remote, tmp_path / "there", Store(tmp_path / "store"))
    assert pushed == remote_manifest(remote)
    assert verify(tmp_path / "there") == []


def test_a_component_reads_it(bucket: str, edf_data_set: Path, tmp_path: Path,
                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    push(edf_data_set, Remote(f"s3://{bucket}/eyes", ENDPOINT))
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    with local_data(f"s3://{bucket}/eyes", store=Store(tmp_path / "store")) as local:
        assert read_windows(find_data(*local), "development").targets.subject_count == 4


@pytest.mark.parametrize("fault", ["", "500", "reset", "truncated", "trickle"])
def test_what_passes_is_overcome(fault: str, pushed: str, tmp_path: Path) -> None:
    _pull(pushed, tmp_path, fault, 2)
    assert (tmp_path / "a" / "S1.edf").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("500", r"the server failed \(500.*\(3 attempts\)"),
        ("reset", r"\(3 attempts\)"),
        ("truncated", r"\(3 attempts\)"),
        ("trickle", r"bytes came in .* s \(3 attempts\)"),
        ("corrupted", "expected sha256 [0-9a-f]{64}, got sha256 [0-9a-f]{64}"),
        ("expired", "the credentials have expired"),
    ],
)
def test_what_stays_is_named_and_nothing_is_kept(
    fault: str, message: str, pushed: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=f"{pushed}/S1.edf.*{message}"):
        _pull(pushed, tmp_path, fault, 10_000)
    assert not list((tmp_path / "s" / "sha256").rglob("*"))
    assert not (tmp_path / "a").exists()


def test_a_missing_object_is_named(pushed: str, bucket: str, tmp_path: Path) -> None:
    boto3.client("s3", endpoint_url=ENDPOINT).delete_object(Bucket=bucket, Key="one/S1.edf")
    with pytest.raises(DataError, match=f"{pushed}/S1.edf: there is no such object"):
        _pull(pushed, tmp_path, "", 0)


def test_a_missing_bucket_and_an_empty_one_are_named(bucket: str) -> None:
    with pytest.raises(DataError, match=r"nobody-has-it-\w+.*no such bucket|has neither manifest"):
        remote_manifest(Remote(f"s3://nobody-has-it-{uuid.uuid4().hex[:6]}/x", ENDPOINT), QUICK)
    with pytest.raises(DataError, match=f"s3://{bucket}/x has neither manifest.json"):
        remote_manifest(Remote(f"s3://{bucket}/x", ENDPOINT), QUICK)


def test_wrong_credentials_are_named(
    pushed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(DataError, match=r"the credentials are wrong|access denied"):
        remote_manifest(Remote(pushed, ENDPOINT), QUICK)


def test_a_full_cache_disk_is_named(pushed: str, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("only an administrator can make a small disk")
    try:
        with pytest.raises(DataError, match=r"the disk of the data cache .* is full"):
            pull(Remote(pushed, ENDPOINT), tmp_path / "a", Store(disk), settings=QUICK)
        assert not list((disk / "sha256").rglob("*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
