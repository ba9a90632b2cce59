"""Public data sets by their names: from a server with a miniature in their layout to a trial."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main
from trial_runner.data.catalogue import find_data, shipped_entry_file
from trial_runner.data.entry import read_entry
from trial_runner.data.load import read_windows
from trial_runner.data.local import local_data

boto3 = pytest.importorskip("boto3")
pytest.importorskip("mne")


def _load_sets():
    path = Path(__file__).with_name("public_sets.py")
    spec = importlib.util.spec_from_file_location("public_sets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sets = _load_sets()


@pytest.fixture
def publish(
    s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., None]:
    """A server with PhysioNet's bucket, which is read without credentials."""
    for name, value in (
        ("EEGTUNE_DATA_CACHE", str(tmp_path / "store")),
        ("EEGTUNE_DATA_SETS", str(tmp_path / "names.json")),
        ("EEGTUNE_CACHE", str(tmp_path / "cache")), ("ARTEFACTS", str(tmp_path)),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    client.create_bucket(Bucket="physionet-open")

    def put(folder: Path, prefix: str) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder).as_posix()}"
                client.put_object(
                    Bucket="physionet-open", Key=key, Body=path.read_bytes(), ACL="public-read"
                )

    return put


def test_nights_of_sleep_edf_become_labelled_windows(publish, write_edf, tmp_path: Path) -> None:
    publish(sets.sleep_edf(tmp_path / "made", write_edf), "sleep-edfx/1.0.0")
    with local_data("sleep-edfx") as local:
        source = find_data(*local)
        read = read_windows(source, "development")
        unseen = read_windows(source, "test")
    assert read.channels == ("EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal")
    assert read.signal.shape[1:] == (3, 3000)
    subjects = set(read.targets.subjects) | set(unseen.targets.subjects)
    assert len(subjects) == 10
    assert not set(read.targets.subjects) & set(unseen.targets.subjects)
    # Of each night 2 epochs of W, N1, N2 and REM, 4 of N3 (stages 3 and 4), none of "?".
    nights = 2 * len(set(read.targets.subjects))
    assert np.bincount(read.targets.labels).tolist() == [2 * nights] * 3 + [4 * nights, 2 * nights]
    # The planted wave grows with the stage's number: what is labelled is what was scored.
    power = [read.signal[read.targets.labels == stage].std() for stage in range(5)]
    assert power == sorted(power)


def test_the_sleep_component_takes_its_name(
    publish, write_edf, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightgbm")
    publish(sets.sleep_edf(tmp_path / "made", write_edf), "sleep-edfx/1.0.0")
    words = ["--folds=2", "--n_estimators=10", "--classifier=rf", "--min_bout_rem=1"]
    assert main(["sleep", "--data=sleep-edfx", *words]) == 0, capfd.readouterr().err
    found = re.findall(r" val_kappa=(\S+)", capfd.readouterr().out)
    assert float(found[-1]) > 0.5


def test_seizures_of_chb_mit_are_those_of_the_summaries(
    publish, write_edf, tmp_path: Path
) -> None:
    publish(sets.chb_mit(tmp_path / "made", write_edf), "chbmit/1.0.0")
    with local_data("chb-mit") as local:
        source = find_data(*local)
        parts = [read_windows(source, part) for part in ("development", "test")]
    subjects = [set(part.targets.subjects) for part in parts]
    # Case 21 is case 1 again.
    assert subjects[0] | subjects[1] == {"chb01", "chb02", "chb03", "chb04", "chb05"}
    assert not subjects[0] & subjects[1]
    labels = np.concatenate([part.targets.labels for part in parts])
    # Windows of 4 s; 10 to 22 s holds those at 12 and 16 s, those at 8 and 20 s are torn.
    assert np.bincount(labels).tolist() == [6 * (10 + 6), 6 * 2]
    assert parts[0].signal.shape[1:] == (17, 4 * 128)
    large = parts[0].signal.std(axis=(1, 2))
    assert large[parts[0].targets.labels == 1].min() > large[parts[0].targets.labels == 0].max()


@pytest.mark.parametrize("name", ["sleep-edfx", "chb-mit", "eegmmidb"])
def test_public_entries_invent_no_hash(name: str) -> None:
    entry = read_entry(shipped_entry_file(name))
    assert entry.unsigned
    assert entry.where.startswith("s3://physionet-open/")
    assert entry.size
    assert "unknown until pulled" in entry.hashes


def test_the_hashes_of_the_first_pull_are_kept(publish, write_edf, tmp_path: Path) -> None:
    publish(sets.chb_mit(tmp_path / "made", write_edf), "chbmit/1.0.0")
    with local_data("chb-mit"):
        pass
    [kept] = (tmp_path / "store" / "manifests").glob("*.json")
    published = (tmp_path / "made" / "SHA256SUMS.txt").read_text().split()[0]
    assert published in kept.read_text()
