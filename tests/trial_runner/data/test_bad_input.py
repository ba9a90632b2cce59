"""What is wrong with data, through the command: a named error, no success, nothing wrong kept.

Each is run twice with the same cache. Had the first run kept anything of data that cannot be
used, the second would find it and go on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main

ENTRY = "name: lab\nfiles: (?P<subject>S\\d+)\\.npz\nclasses: [a, b]\ntest_subjects_share: 0.3\n"
CHANNELS = ["Fz", "Cz", "Pz", "Oz"]
FAST = {
    "linear_probe": ["--max_epochs=2", "--folds=2"],
    "automl": ["--folds=2", "--inner_folds=2", "--time_budget_seconds=1", "--estimators=lrl1"],
    "autoreject": ["--folds=2", "--min_channels=2", "--consensus=0.5", "--n_interpolate=1"],
    "sleep": ["--folds=2", "--n_estimators=2"],
}
# Digests of files and the count of uses say nothing about what is in them.
HARMLESS = ("digests", "uses.log")
Fails = Callable[..., str]


@pytest.fixture
def fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Fails:
    """Run a component on data that cannot be used; return what it says."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    monkeypatch.setenv("EEGTUNE_CACHE", str(cache))
    monkeypatch.setenv("EEGTUNE_DATA_CACHE", str(tmp_path / "store"))
    monkeypatch.setenv("EEGTUNE_DATA_SETS", str(tmp_path / "data.json"))

    def run(component: str, data: object, *words: str, code: int, may_keep: bool = False) -> str:
        said = []
        given = {word.partition("=")[0] for word in words}
        fast = [word for word in FAST[component] if word.partition("=")[0] not in given]
        for _ in range(2):
            found = main([component, f"--data={data}", *fast, *words])
            output, errors = capfd.readouterr()
            assert found == code, errors
            assert "Traceback" not in errors
            assert "=" not in output  # no metric is reported
            said.append(errors)
        kept = [path for path in cache.rglob("*.np[yz]")
                if path.relative_to(cache).parts[0] not in HARMLESS]  # fmt: skip
        assert may_keep or not kept
        return said[1]

    return run


def lab(folder: Path, change: Callable[[dict[str, np.ndarray]], None] = lambda arrays: None,
        entry: str = ENTRY, files: int = 6) -> Path:  # fmt: skip
    """Write windows of two classes for each of several persons; `change` spoils the first's."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for person in range(files):
        arrays = {
            "signal": rng.normal(0, 2e-5, (8, 4, 128)), "channels": np.array(CHANNELS),
            "labels": np.tile(["a", "b"], 4), "sfreq_hz": np.array(64.0),
        }  # fmt: skip
        if person == 0:
            change(arrays)
        np.savez(folder / f"S{person}.npz", **arrays)
    (folder / "dataset.yaml").write_text(entry)
    return folder


def spoilt(name: str, index: object, value: object) -> Callable[[dict[str, np.ndarray]], None]:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays[name][index] = value

    return change


def scaled(factor: float) -> Callable[[dict[str, np.ndarray]], None]:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays["signal"] *= factor

    return change


SPOILT = [
    pytest.param(spoilt("signal", (3, 1, 7), np.nan), "channel Cz has values that are not finite",
                 id="NaN"),
    pytest.param(spoilt("signal", (slice(None), 2), 1e-5), "flat throughout: Pz", id="flat"),
    pytest.param(scaled(1e6), "which no EEG does; are the numbers microvolts?", id="microvolts"),
    pytest.param(scaled(1e-6), "are the numbers converted to volts twice?", id="twice to volts"),
]  # fmt: skip


@pytest.mark.parametrize("component", ["linear_probe", "automl", "autoreject"])
@pytest.mark.parametrize(("change", "message"), SPOILT)
def test_signals_that_cannot_be_eeg(
    component: str, change: Callable[[dict[str, np.ndarray]], None], message: str,
    fails: Fails, tmp_path: Path,
) -> None:  # fmt: skip
    said = fails(component, lab(tmp_path / "lab", change, files=9), code=1)
    assert message in said
    assert "S0.npz" in said


@pytest.mark.parametrize(("change", "message"), SPOILT)
def test_epochs_and_nights_that_cannot_be_eeg(
    change: Callable[[dict[str, np.ndarray]], None], message: str, fails: Fails, tmp_path: Path
) -> None:
    """Folders without an entry: labelled epochs, and nights of sleep."""
    folder = lab(tmp_path / "lab", change)
    (folder / "dataset.yaml").unlink()
    assert message in fails("autoreject", folder, code=1, may_keep=True)
    for path in folder.glob("*.npz"):
        arrays = dict(np.load(path))
        arrays["signal"] = np.moveaxis(arrays["signal"], 0, 1).reshape(4, -1)
        arrays["signal"] = np.tile(arrays["signal"], 8)[:, : 64 * 30 * 4]
        np.savez(path, **arrays, hypnogram=np.arange(4))
    assert message in fails("sleep", folder, code=1, may_keep=True)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (ENTRY + "channels: [Fz, T7, P4]\n", "S0.npz has no channel 'T7', 'P4'"),
        (ENTRY + "channels: [Fz]\nreference: [M1, M2]\n", "has no channel 'M1', 'M2'"),
        (ENTRY.replace("[a, b]", "[a, b, c]"), "lab has nothing of class c, only a, b"),
        (ENTRY.replace("(?P<subject>S\\d+)", "(?P<subject>S)(?P<partition>\\d)")
         .replace("test_subjects_share: 0.3", "test_partition: '3'"),
         "subject S is in the test part and in the development part"),
    ],
    ids=["missing channels", "missing reference", "a class without windows",
         "a subject in two splits"],
)  # fmt: skip
def test_entries_that_the_files_contradict(
    entry: str, message: str, fails: Fails, tmp_path: Path
) -> None:
    assert message in fails("linear_probe", lab(tmp_path / "lab", entry=entry), code=1)


def test_one_class_only(fails: Fails, tmp_path: Path) -> None:
    folder = lab(tmp_path / "lab")
    for path in folder.glob("*.npz"):
        arrays = dict(np.load(path))
        np.savez(path, **arrays | {"labels": np.full(8, "a")})
    assert "lab has nothing of class b, only a" in fails("linear_probe", folder, code=1)


def test_a_recording_shorter_than_a_window(fails: Fails, tmp_path: Path) -> None:
    pytest.importorskip("mne")
    folder = lab(tmp_path / "lab", entry=ENTRY.replace(
        "(?P<subject>S\\d+)", "(?P<subject>S\\d+)(?P<label>)") + "window_seconds: 4\n"
        "labels: {'': a}\n")  # fmt: skip
    for path in folder.glob("*.npz"):
        arrays = dict(np.load(path))
        del arrays["labels"]
        np.savez(path, **arrays | {"signal": arrays["signal"][0]})
    said = fails("linear_probe", folder, code=1)
    assert "lasts 2 s, less than one window (window_seconds: 4)" in said


@pytest.mark.parametrize("component", ["linear_probe", "automl", "sleep"])
def test_fewer_subjects_than_folds(component: str, fails: Fails, tmp_path: Path) -> None:
    data = (
        "simulation:subjects=4,hours=0.8,sfreq_hz=64"
        if component == "sleep"
        else lab(tmp_path / "lab")
    )
    said = fails(component, data, "--folds=9", code=2, may_keep=True)
    assert "--folds is 9, but there are" in said


@pytest.mark.parametrize("epochs", [3, 5])
def test_a_hypnogram_of_another_length(epochs: int, fails: Fails, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for person in range(4):
        np.savez(
            tmp_path / f"S{person}_1.npz", signal=rng.normal(0, 2e-5, (1, 64 * 30 * 4)),
            channels=["Cz"], sfreq_hz=64.0, hypnogram=np.arange(4 if person else epochs) % 5,
        )  # fmt: skip
    said = fails("sleep", tmp_path, code=1, may_keep=True)
    assert f"S0_1.npz: the hypnogram has {epochs} epochs, the signal 4 of 30 s" in said


def test_an_empty_bucket(s3_server: str, fails: Fails, tmp_path: Path) -> None:
    import boto3

    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lab")
    said = fails("linear_probe", "s3://lab/one", code=1)
    assert "s3://lab/one has neither manifest.json nor SHA256SUMS.txt: it is empty" in said
    assert "s3://none" in fails("linear_probe", "s3://none/one", code=1)
    assert not list((tmp_path / "store").rglob("sha256/*/*"))


def test_no_credentials(
    s3_server: str, fails: Fails, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = fails("linear_probe", "s3://lab/one", code=1)
    assert "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in said


def test_a_wrong_endpoint(fails: Fails, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the pauses between attempts
    said = fails("linear_probe", "s3://lab/one", code=1)
    assert "EndpointConnectionError at http://127.0.0.1:1" in said
