"""`eegtune evaluate` leaves a model, `eegtune predict` uses it; S3 by a server of this process."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from eegtune.cli import application
from eegtune.report.evaluation.final_model import keep_model, model_facts

from ..report.runs import experiment, material, record
from ..report.stored import store

SPACE = (
    {"name": "learning_rate", "parameterType": "double",
     "feasibleSpace": {"min": "1e-4", "max": "1e-2"}},
)  # fmt: skip
CHANNELS = ("Fz", "Cz", "Oz")


@pytest.fixture
def recordings(tmp_path):
    """Five people with eyes open and closed, as arrays."""
    folder, rng = tmp_path / "recordings", np.random.default_rng(0)
    folder.mkdir()
    seconds = np.arange(20 * 64) / 64
    for person in range(5):
        for label, alpha in (("open", 3.0), ("closed", 12.0)):
            signal = rng.normal(0, 10, (3, len(seconds))) + alpha * np.sin(20 * np.pi * seconds)
            _write(folder / f"S{person}_{label}.npz", signal, CHANNELS)
    (folder / "dataset.yaml").write_text(
        "name: eyes\nfiles: S(?P<subject>\\d+)_(?P<label>open|closed)\\.npz\n"
        "classes: [open, closed]\nwindow_seconds: 2\nunit: microvolts\ntest_subjects_share: 0.3\n"
    )
    return folder


def _write(path: Path, signal, channels) -> Path:
    np.savez(path, signal=signal, channels=np.array(channels), sfreq_hz=64.0)
    return path


@pytest.fixture
def run(tmp_path, recordings):
    words = ("trial-runner", "linear_probe", f"--data={recordings}", "--folds=2",
             "--batch_size=16", "--max_epochs=4", "--warmup_steps=2", "--cache=none")  # fmt: skip
    records = (
        record(0, {"learning_rate": "0.001"}, 0.6),
        record(1, {"learning_rate": "0.01"}, 0.9),
    )
    made = replace(material(0), experiment=experiment(SPACE, command=words), records=records)
    return store(made, tmp_path / "run")


def _call(*words):
    return CliRunner().invoke(application, list(map(str, words)))


def test_the_tuned_model_is_kept_described_stored_and_used(
    run, recordings, tmp_path, capfd, s3_server
):
    from eegtune.cluster.summary.storage import connect

    run.experiment.write_text("kind: Experiment\n")
    refused = _call("evaluate", run.path, "--seeds=1", "--to=s3://absent/a")
    assert refused.exit_code == 1
    assert "Make the bucket" in refused.output, refused.output
    connect().create_bucket(Bucket="models")
    done = _call("evaluate", run.path, "--seeds=1", "--to=s3://models/eyes")  # not yet touched
    assert done.exit_code == 0, done.output
    assert f"Model: {run.path / 'model'}" in done.output
    card = (run.path / "model_card.md").read_text()
    assert "channels Fz, Cz, Oz, cut into windows of 2 s at 64 Hz" in card
    digest = model_facts(run.path)["files"]["arrays.npz"]
    assert f"`{digest}`" in card
    stored = connect().list_objects_v2(Bucket="models")["Contents"]
    assert {each["Key"] for each in stored} >= {
        "eyes/model/model.json", "eyes/model/arrays.npz", "eyes/model_card.md"
    }  # fmt: skip
    capfd.readouterr()
    path = recordings / "S0_open.npz"
    assert _call("predict", run.path, path).exit_code == 0
    rows = list(csv.DictReader(capfd.readouterr().out.splitlines()))
    assert len(rows) == 10
    assert float(rows[0]["p_open"]) + float(rows[0]["p_closed"]) == pytest.approx(1, abs=1e-5)
    target = tmp_path / "said.json"
    words = ("predict", "s3://models/eyes", path, "--format=json", "-o", target)
    assert _call(*words).exit_code == 0
    windows = json.loads(target.read_text())["windows"]
    assert [each["predicted"] for each in windows] == [row["predicted"] for row in rows]


def test_an_absent_and_a_damaged_model_are_said(run, tmp_path, capfd):
    few = _write(tmp_path / "few.npz", np.ones((1, 640)), ["Fz"])
    without = _call("predict", run.path, few)
    assert without.exit_code == 2
    assert "has no model yet; `eegtune evaluate" in without.output
    assert _call("predict", tmp_path / "nothing", few).exit_code == 2
    (run.path / "model").mkdir()
    (run.path / "model" / "model.json").write_text('{"format": 1}')
    capfd.readouterr()
    assert _call("predict", run.path, few).exit_code == 1
    told = capfd.readouterr().err
    assert "model.json is damaged" in told
    assert "Traceback" not in told


def test_a_later_model_replaces_an_earlier_one(tmp_path):
    for text in ('{"files": {"a": "1"}}', '{"files": {"b": "2"}}'):
        artefacts = tmp_path / "artefacts"
        (artefacts / "model").mkdir(parents=True)
        (artefacts / "model" / "model.json").write_text(text)
        keep_model(tmp_path, artefacts)
    assert model_facts(tmp_path) == {"files": {"b": "2"}}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artefacts", "model"]
    assert keep_model(tmp_path, tmp_path / "artefacts") is None
