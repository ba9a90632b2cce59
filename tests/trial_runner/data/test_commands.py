from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trial_runner.data.commands import data_store, run_data_command
from trial_runner.errors import DataError, UsageError

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")


@pytest.fixture(autouse=True)
def _bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("EEGTUNE_DATA_SETS", str(tmp_path / "data.json"))
    monkeypatch.setenv("EEGTUNE_DATA_CACHE", str(tmp_path / "store"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with moto.mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lab")
        yield


def test_a_data_set_goes_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.edf").write_bytes(b"abc")
    run_data_command(["push", str(tmp_path / "here"), "s3://lab/one"])
    run_data_command(["add", "mine", "s3://lab/one"])
    run_data_command(["ls"])
    run_data_command(["ls", "mine"])
    run_data_command(["pull", "mine", "--to", str(tmp_path / "there")])
    run_data_command(["verify", str(tmp_path / "there")])
    out = capsys.readouterr().out
    assert "s3://lab/one: 1 files, 3 B" in out
    assert "mine            s3://lab/one" in out
    assert "ba7816bf8f01         3 B  a.edf" in out
    assert "s3://physionet-open/eegmmidb/1.0.0" in out
    assert "all files are as the manifest says" in out
    assert (tmp_path / "there" / "a.edf").read_bytes() == b"abc"


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.edf").write_bytes(b"abc")
    run_data_command(["push", str(tmp_path / "here"), "s3://lab/one"])
    run_data_command(["pull", "s3://lab/one", "--to", str(tmp_path / "there")])
    (tmp_path / "there" / "a.edf").unlink()
    (tmp_path / "there" / "a.edf").write_bytes(b"abd")
    with pytest.raises(DataError, match=r"a\.edf: sha256"):
        run_data_command(["verify", str(tmp_path / "there")])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["pul", "x"], "invalid choice: 'pul'"),
        (["pull", "eegmmid"], "did you mean eegmmidb"),
        (["add", "eegmmidb", "s3://lab/empty"], "has neither manifest.json"),
        (["verify", "/nowhere"], "has no manifest.json"),
        (["push", ".", "folder"], "is no S3 location"),
    ],
)
def test_mistakes_are_named(words: list[str], message: str) -> None:
    with pytest.raises((UsageError, DataError), match=message):
        run_data_command(words)


def test_public_names_are_taken(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a").write_bytes(b"abc")
    run_data_command(["push", str(tmp_path / "here"), "s3://lab/one"])
    with pytest.raises(UsageError, match="'chb-mit' is a public data set"):
        run_data_command(["add", "chb-mit", "s3://lab/one"])


def test_the_store_is_where_it_is_said(tmp_path: Path) -> None:
    assert data_store().folder == tmp_path / "store"
    assert data_store(str(tmp_path), 0.5).max_bytes == 500_000_000


def test_a_damaged_registry_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("[")
    with pytest.raises(DataError, match=r"data\.json cannot be read"):
        run_data_command(["ls"])
