"""Data in S3 as `--data`: fetched once, linked, held, and the same to a component."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import read_windows
from trial_runner.data.local import local_data
from trial_runner.data.registry import add_data_set
from trial_runner.data.remote import Remote, push
from trial_runner.data.store import Store
from trial_runner.data.transfer import TransferSettings
from trial_runner.errors import DataError

boto3 = pytest.importorskip("boto3")

QUICK = TransferSettings(attempts=2, pause_seconds=0.001)


@pytest.fixture
def endpoint(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A server that speaks S3, with an empty bucket."""
    for name, value in (
        ("EEGTUNE_DATA_CACHE", str(tmp_path / "store")),
        ("EEGTUNE_DATA_SETS", str(tmp_path / "names.json")),
        ("EEGTUNE_CACHE", str(tmp_path / "cache")), ("ARTEFACTS", str(tmp_path)),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="lab")
    return s3_server


@pytest.fixture
def pushed(endpoint: str, edf_data_set: Path) -> Path:
    (edf_data_set / "notes.docx").write_bytes(b"of no use to a trial")
    push(edf_data_set, Remote("s3://lab/eyes", endpoint))
    return edf_data_set


def test_what_is_here_stays_as_it_is(tmp_path: Path) -> None:
    for data, root in (
        ("simulation:seed=1", ""), (str(tmp_path), ""), ("eegmmidb", str(tmp_path)),
        ("selfregulationscp1", ""),
    ):  # fmt: skip
        with local_data(data, root) as local:
            assert local == (data, root)


def test_an_address_becomes_a_folder(pushed: Path, tmp_path: Path) -> None:
    with local_data("s3://lab/eyes") as local:
        read = read_windows(find_data(*local), "development")
        names = sorted(path.name for path in Path(local.data).iterdir())
    assert "notes.docx" not in names
    assert "dataset.yaml" in names
    np.testing.assert_array_equal(
        read.signal, read_windows(find_data(str(pushed)), "development").signal
    )


def test_a_name_is_fetched_once(pushed: Path, endpoint: str, tmp_path: Path) -> None:
    add_data_set("mine", Remote("s3://lab/eyes", endpoint))
    with local_data("mine") as first:
        pass
    client = boto3.client("s3", endpoint_url=endpoint)
    for path in pushed.glob("*.edf"):
        client.delete_object(Bucket="lab", Key=f"eyes/{path.name}")
    with local_data("mine") as second:
        assert second == first
        assert len(read_windows(find_data(*second), "test").signal)


def test_an_entry_here_may_name_a_place_elsewhere(
    pushed: Path, endpoint: str, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    text = (pushed / "dataset.yaml").read_text().replace("window_seconds: 2", "window_seconds: 3")
    own.write_text(text + f"where: s3://lab/eyes\nendpoint_url: {endpoint}\n")
    with local_data(str(own)) as local:
        assert local.data == str(own)
        assert read_windows(find_data(*local), "development").signal.shape[2] == 3 * 64


def test_what_a_trial_uses_is_never_evicted(pushed: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "small", max_bytes=1)
    with local_data("s3://lab/eyes", store=store) as local:
        assert store.evict() == []
        assert len(read_windows(find_data(*local), "development").signal)
    assert len(store.evict()) >= 13  # twelve recordings and their entry
    with local_data("s3://lab/eyes", store=store) as again:  # fetched anew through the same links
        assert again == local
        assert len(read_windows(find_data(*again), "development").signal)


def test_what_a_dead_process_held_can_go(tmp_path: Path) -> None:
    store = Store(tmp_path, max_bytes=0)
    digest = "00" * 32
    path = store.path_of(digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"abc")
    code = (
        "import os, sys; from pathlib import Path; from trial_runner.data.store import Store\n"
        f"hold = Store(Path(sys.argv[1])).hold({digest!r}); hold.__enter__()\n"
        "print('holds', flush=True); sys.stdin.read(1); os._exit(9)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holds\n"
    assert store.evict() == []
    holder.communicate("x")
    assert store.evict() == [digest]
    assert not list((tmp_path / "holds").iterdir())


def test_a_place_that_cannot_be_reached_now(
    pushed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = f"{tmp_path}/elsewhere.yaml"
    text = (pushed / "dataset.yaml").read_text() + "where: s3://lab/eyes\n"
    Path(remote).write_text(text)
    with local_data(remote) as first:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with local_data(remote, settings=QUICK) as second:
        assert second == first
    with (
        pytest.raises(DataError, match="s3://lab/eyes/manifest.json"),
        local_data(remote, store=Store(tmp_path / "new"), settings=QUICK),
    ):
        pass


@pytest.mark.parametrize("break_it", ["missing", "wrong"])
def test_a_broken_object_leaves_no_data_set(
    break_it: str, pushed: Path, endpoint: str, tmp_path: Path
) -> None:
    client = boto3.client("s3", endpoint_url=endpoint)
    if break_it == "missing":
        client.delete_object(Bucket="lab", Key="eyes/S3_open.edf")
    else:
        size = (pushed / "S3_open.edf").stat().st_size
        client.put_object(Bucket="lab", Key="eyes/S3_open.edf", Body=b"x" * size)
    store = Store(tmp_path / "store")
    with (
        pytest.raises(
            DataError, match=r"s3://lab/eyes/S3_open.edf: (there is no|expected sha256)"
        ),
        local_data("s3://lab/eyes", store=store, settings=QUICK),
    ):
        pass
    assert not (store.folder / "sets").exists()


def test_a_trial_takes_an_address(pushed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    words = ["linear_probe", "--folds=2", "--max_epochs=3", "--patience=3"]
    last = []
    for data in (str(pushed), "s3://lab/eyes"):
        assert main([*words, f"--data={data}"]) == 0
        last.append(capfd.readouterr().out.splitlines()[-1].split(" ", 1)[1])
    assert last[0] == last[1]
    assert "val_auroc=" in last[0]
    assert main([*words, "--data=s3://lab/nothing"]) == 1
    said = capfd.readouterr().err
    assert "s3://lab/nothing has neither manifest.json" in said
    assert "Traceback" not in said
