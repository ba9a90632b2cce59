"""Who was recorded stays in the recording: not in logs, results, caches or messages."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main

mne = pytest.importorskip("mne")

# As EDF+ and FIF headers hold them; none is part of a file's name.
PLANTED = (b"Haagse", b"Harry", b"MCH-0234567", b"1951", b"02-MAY", b"Drs_Bakker", b"19510502")
_PATIENT, _RECORDING = 8, 88


def _plant_edf(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for start, text in (
        (_PATIENT, "MCH-0234567 F 02-MAY-1951 Haagse_Harry"),
        (_RECORDING, "Startdate 02-MAR-2002 EMG561 Drs_Bakker Telemetry03"),
    ):
        content[start : start + 80] = text.ljust(80).encode("ascii")
    path.write_bytes(content)


def _as_fif(path: Path) -> None:
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    raw.info["subject_info"] = {
        "his_id": "MCH-0234567", "first_name": "Harry", "last_name": "Haagse",
        "birthday": date(1951, 5, 2),
    }  # fmt: skip
    raw.info["experimenter"] = "Drs_Bakker"
    raw.save(path.with_suffix(".fif"), verbose="error", overwrite=True)
    path.unlink()


@pytest.mark.parametrize("kind", ["edf", "fif"])
@pytest.mark.parametrize("component", ["linear_probe", "autoreject"])
def test_planted_identifiers_are_nowhere(
    kind: str,
    component: str,
    edf_data_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch")
    written = tmp_path / "written"
    for variable in ("ARTEFACTS", "CHECKPOINTS", "EEGTUNE_CACHE"):
        monkeypatch.setenv(variable, str(written / variable))
        (written / variable).mkdir(parents=True)
    for path in edf_data_set.glob("*.edf"):
        _plant_edf(path)
        if kind == "fif":
            _as_fif(path)
    entry = edf_data_set / "dataset.yaml"
    entry.write_text(entry.read_text().replace(r"\.edf", rf"\.{kind}"))
    planted = next(edf_data_set.glob(f"*.{kind}")).read_bytes()
    assert any(text in planted for text in PLANTED)  # else this test would find nothing

    more = {
        "linear_probe": ["--max_epochs=2"],
        "autoreject": ["--min_channels=2", "--consensus=0.5", "--n_interpolate=1"],
    }
    for split in ("validation", "test"):
        words = [component, f"--data={edf_data_set}", "--folds=2", f"--split={split}"]
        assert main([*words, *more[component]]) == 0
    said = "".join(capfd.readouterr()).encode()
    files = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    assert any(path.name != "uses.log" for path in files)
    _search([("output", said), *files.items()])


def _search(contents: Iterable[tuple[object, bytes]]) -> None:
    for place, content in contents:
        for text in PLANTED:
            # Numbers of hashes and signals may hold the digits of a year by chance.
            if text.isdigit() or not re.search(rb"(?i)" + re.escape(text), content):
                continue
            pytest.fail(f"{text.decode()} is in {place}")


def _experiment(data: Path) -> str:
    """Return an Experiment of two trials."""
    command = [
        # Through `env`, so that nothing is imported which these trials do not come to use.
        "env", "trial-runner", "linear_probe", f"--data={data}", "--folds=2", "--max_epochs=2",
        "--dropout_rate=${trialParameters.x}",
    ]  # fmt: skip
    pod = {"restartPolicy": "Never",
           "containers": [{"name": "trial", "image": "none", "command": command}]}  # fmt: skip
    space = {"min": "0", "max": "0.5"}
    spec = {
        "objective": {"type": "maximize", "objectiveMetricName": "val_auroc"},
        "algorithm": {"algorithmName": "random"}, "parallelTrialCount": 1, "maxTrialCount": 2,
        "parameters": [{"name": "x", "parameterType": "double", "feasibleSpace": space}],
        "trialTemplate": {
            "primaryContainerName": "trial",
            "trialParameters": [{"name": "x", "reference": "x"}],
            "trialSpec": {"apiVersion": "batch/v1", "kind": "Job",
                          "spec": {"template": {"spec": pod}}},
        },
    }  # fmt: skip
    head = {"apiVersion": "kubeflow.org/v1beta1", "kind": "Experiment"}
    return json.dumps({**head, "metadata": {"name": "planted"}, "spec": spec})


def _readable(path: Path) -> bytes:
    """Return what a file says, of packed tables too."""
    if path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        return str(parquet.read_table(path).to_pylist()).encode()
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump()).encode()
    return path.read_bytes()


def test_a_run_its_report_and_its_exports_name_nobody(
    edf_data_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch")
    from eegtune.cli import main as eegtune

    for path in edf_data_set.glob("*.edf"):
        _plant_edf(path)
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("EEGTUNE_CACHE", str(place / "cache"))
    monkeypatch.setenv("WANDB_MODE", "offline")
    Path("x.json").write_text(_experiment(edf_data_set))
    assert eegtune(["run", "x.json", "--dir", "run"]) == 0, capfd.readouterr().err
    assert eegtune(["evaluate", "run", "--seeds=1"]) == 0, capfd.readouterr().err
    for kind in ("csv", "latex", "yaml", "json"):
        assert eegtune(["export", "run", kind, "--output", f"exported.{kind}"]) == 0
    assert eegtune(["export", "run", "optuna", "--output", "study.db"]) == 0
    for command in ("status", "trials", "best", "logs", "cite"):
        assert eegtune([command, "run"]) == 0, capfd.readouterr().err
    # Databases last: reading one removes the -shm and -wal files that a reader had left beside it.
    files = sorted(
        (path for path in place.rglob("*") if path.is_file()),
        key=lambda path: path.suffix == ".db",
    )
    names = {path.name for path in files}
    assert {"report.html", "provenance.json", "run.db", "trials.parquet", "best.yaml",
            "exported.csv", "study.db"} <= names  # fmt: skip
    said = "".join(capfd.readouterr()).encode()
    _search([("output", said), *((path, _readable(path)) for path in files)])


def test_a_damaged_file_is_named_without_its_header(
    edf_data_set: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    for path in edf_data_set.glob("*.edf"):
        _plant_edf(path)
    damaged = edf_data_set / "S0_open.edf"
    content = bytearray(damaged.read_bytes())
    content[236:244] = b"-7 Harry"  # the number of records
    damaged.write_bytes(content)
    assert main(["linear_probe", f"--data={edf_data_set}", "--cache=none"]) == 1
    said = "".join(capfd.readouterr())
    assert "S0_open.edf cannot be read as a recording" in said
    assert "Traceback" not in said
    for text in PLANTED:
        assert text.decode() not in said


def test_no_warning_of_a_reader_quotes_the_header(
    tmp_path: Path, write_edf: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    from trial_runner.data.entry import Entry
    from trial_runner.data.recording import read_recording

    path = write_edf(
        tmp_path / "x.edf", np.random.default_rng(0).normal(size=(1, 640)), 64, ["Cz"]
    )
    _plant_edf(path)
    content = bytearray(path.read_bytes())
    content[168:176] = b"02.13.51"  # a date that is none
    path.write_bytes(content)
    read_recording(path, Entry(name="x", files="x", classes=("a", "b")))
    assert "".join(capfd.readouterr()) == ""
