from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from trial_runner.data.manifest import Manifest, ManifestFile
from trial_runner.data.remote import Remote, pull, push, remote_manifest, verify
from trial_runner.data.store import Store, WrongBytesError
from trial_runner.data.transfer import TransferSettings
from trial_runner.errors import DataError, UsageError

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")

CONTENT = bytes(range(256)) * 40
QUICK = TransferSettings(range_bytes=1000, threads=4, attempts=3, pause_seconds=0.001)


def _load_server() -> ModuleType:
    path = Path(__file__).with_name("fault_server.py")
    spec = importlib.util.spec_from_file_location("fault_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server = _load_server()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", str(tmp_path / "none")),
        ("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none")),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bucket() -> Iterator[str]:
    with moto.mock_aws():
        boto3.client("s3").create_bucket(Bucket="lab")
        yield "s3://lab/sets/one"


def _folder(path: Path) -> Path:
    (path / "sub").mkdir(parents=True)
    (path / "sub" / "S01.edf").write_bytes(CONTENT)
    (path / "dataset.yaml").write_bytes(b"name: one\n")
    return path


def test_what_is_pushed_can_be_pulled(bucket: str, tmp_path: Path) -> None:
    pushed = push(_folder(tmp_path / "here"), Remote(bucket))
    told: list[tuple[int, int]] = []
    pulled = pull(
        Remote(bucket), tmp_path / "there", Store(tmp_path / "store"), settings=QUICK,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert pulled == pushed == remote_manifest(Remote(bucket))
    assert told[-1] == (len(CONTENT) + 10, len(CONTENT) + 10)
    assert (tmp_path / "there/sub/S01.edf").read_bytes() == CONTENT
    assert verify(tmp_path / "there") == []


def test_a_large_file_is_pushed_in_parts(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "large").write_bytes(b"x" * (17 * 1024 * 1024))
    push(tmp_path / "here", Remote(bucket))
    head = boto3.client("s3").head_object(
        Bucket="lab", Key="sets/one/large", ChecksumMode="ENABLED"
    )
    assert head["ETag"].endswith('-2"')
    assert head["Metadata"]["sha256"] == hashlib.sha256(b"x" * (17 * 1024 * 1024)).hexdigest()


def test_what_the_machine_has_is_not_fetched_again(bucket: str, tmp_path: Path) -> None:
    push(_folder(tmp_path / "here"), Remote(bucket))
    store = Store(tmp_path / "store")
    pull(Remote(bucket), tmp_path / "a", store)
    for key in ("sub/S01.edf", "dataset.yaml"):
        boto3.client("s3").delete_object(Bucket="lab", Key=f"sets/one/{key}")
    pull(Remote(bucket), tmp_path / "b", store)
    assert verify(tmp_path / "b") == []


def test_only_some_files(bucket: str, tmp_path: Path) -> None:
    push(_folder(tmp_path / "here"), Remote(bucket))
    store = Store(tmp_path / "store")
    manifest = pull(Remote(bucket), tmp_path / "a", store, only=r"\.edf$")
    assert [file.path for file in manifest.files] == ["sub/S01.edf"]
    with pytest.raises(UsageError, match="none of the 2 files"):
        pull(Remote(bucket), tmp_path / "b", store, only="nothing")
    with pytest.raises(UsageError, match="no regular expression"):
        pull(Remote(bucket), tmp_path / "b", store, only="(")


def test_wrong_bytes_reach_nobody(bucket: str, tmp_path: Path) -> None:
    push(_folder(tmp_path / "here"), Remote(bucket))
    other = CONTENT[:-1] + b"?"
    boto3.client("s3").put_object(Bucket="lab", Key="sets/one/sub/S01.edf", Body=other)
    wanted, found = (hashlib.sha256(one).hexdigest() for one in (CONTENT, other))
    message = f"s3://lab/sets/one/sub/S01.edf: expected sha256 {wanted}, got sha256 {found}"
    with pytest.raises(WrongBytesError, match=message):
        pull(Remote(bucket), tmp_path / "a", Store(tmp_path / "store"))
    assert not (tmp_path / "a" / "sub").exists()
    assert not (tmp_path / "a" / "manifest.json").exists()


def test_an_empty_prefix_is_named(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"s3://lab/sets/one has neither manifest.json"):
        pull(Remote(bucket), tmp_path / "a", Store(tmp_path / "store"))


def test_a_missing_bucket_is_named(bucket: str) -> None:
    with pytest.raises(DataError, match=r"no such bucket|no such object"):
        remote_manifest(Remote("s3://nobody/x"))


def test_a_missing_object_is_named(bucket: str, tmp_path: Path) -> None:
    push(_folder(tmp_path / "here"), Remote(bucket))
    boto3.client("s3").delete_object(Bucket="lab", Key="sets/one/sub/S01.edf")
    with pytest.raises(DataError, match=r"s3://lab/sets/one/sub/S01.edf: there is no such object"):
        pull(Remote(bucket), tmp_path / "a", Store(tmp_path / "store"))


def test_no_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with (
        server.serve({}) as running,
        pytest.raises(DataError, match="no credentials; set AWS_ACCESS_KEY_ID"),
    ):
        remote_manifest(Remote("s3://lab/x", running.url))


def test_a_wrong_endpoint_is_named() -> None:
    with pytest.raises(DataError, match=r"s3://lab/x/manifest.json: .* at http://127.0.0.1:9"):
        remote_manifest(Remote("s3://lab/x", "http://127.0.0.1:9"), QUICK)
    with pytest.raises(DataError, match="Invalid endpoint"):
        remote_manifest(Remote("s3://lab/x", "nonsense"))


@pytest.mark.parametrize("where", ["ftp://host/x", "folder", "s3://"])
def test_other_addresses_are_refused(where: str) -> None:
    with pytest.raises(UsageError, match="write s3://bucket/prefix"):
        remote_manifest(Remote(where))


def test_half_a_push_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        push(tmp_path / "nothing", Remote("s3://lab/x"))


MANIFEST = Manifest(
    (ManifestFile("a b.edf", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT)),)
).to_json()
OBJECTS = {"/lab/x/manifest.json": MANIFEST.encode(), "/lab/x/a%20b.edf": CONTENT}


def _fault(kind: str, fault: str, times: int, tmp_path: Path) -> None:
    with server.serve(OBJECTS, fault, times) as running:
        remote = Remote("s3://lab/x", running.url, unsigned=True)
        if kind == "https":
            remote = Remote(f"{running.url}/lab/x")
        pull(remote, tmp_path / "a", Store(tmp_path / "store"), settings=QUICK)
    assert (tmp_path / "a" / "a b.edf").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["s3", "https"])
@pytest.mark.parametrize("fault", ["", "500", "reset", "truncated"])
def test_what_passes_is_overcome(kind: str, fault: str, tmp_path: Path) -> None:
    _fault(kind, fault, 2, tmp_path)


@pytest.mark.parametrize("kind", ["s3", "https"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("500", r"a( |%20)b.edf: the server failed \(500.*\(3 attempts\)"),
        ("reset", r"a( |%20)b.edf.*\(3 attempts\)"),
        ("truncated", r"a( |%20)b.edf.*\(3 attempts\)"),
        ("corrupted", r"a b.edf: expected sha256 [0-9a-f]{64}, got sha256 [0-9a-f]{64}"),
    ],
)
def test_what_stays_is_named_and_nothing_is_kept(
    kind: str, fault: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        _fault(kind, fault, 1000, tmp_path)
    assert not list((tmp_path / "store" / "sha256").rglob("*"))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("fault", "message"),
    [("expired", "the credentials have expired"), ("changed", "was changed while it was read")],
)
def test_what_cannot_pass_is_not_tried_again(fault: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        _fault("s3", fault, 1000, tmp_path)
