"""A probe that was kept says of recordings what it said when it was scored."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.cli import main
from trial_runner.components.linear_probe import COMPONENT
from trial_runner.components.linear_probe.trial import run
from trial_runner.final_model.model import read_model
from trial_runner.scoring.predictions import load_predictions

WORDS = ("--split=test", "--seeds=2", "--folds=2", "--max_epochs=6", "--warmup_steps=2",
         "--batch_size=16", "--cache=none")  # fmt: skip


def _train(folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Path:
    monkeypatch.setenv("ARTEFACTS", str(folder))
    run(parse_arguments(COMPONENT, [f"--data={data}", *WORDS, *words]))
    return folder / "model"


def _predict(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["predict", *map(str, words)]) == 0
    return list(csv.DictReader(capsys.readouterr().out.splitlines()))


@pytest.mark.parametrize(
    "words",
    [
        ("--features=band_power",),
        ("--features=band_power+slow_potentials+tangent_space", "--use_hidden=true"),
        ("--features=tangent_space", "--use_batch_norm=false"),
    ],
)
def test_a_kept_model_says_what_was_scored(
    edf_data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...],
) -> None:  # fmt: skip
    entry = edf_data_set / "dataset.yaml"
    entry.write_text(entry.read_text() + "filter_low_hz: 1\nreference: average\n")
    model = _train(tmp_path / "a", edf_data_set, monkeypatch, *words)
    scored = load_predictions(tmp_path / "a" / "predictions.npz")
    with np.load(tmp_path / "a" / "predictions.npz") as stored:
        people = sorted(set(stored["group"].tolist()))
    recordings = [edf_data_set / f"S{one}_{label}.edf" for one in people
                  for label in ("closed", "open")]  # fmt: skip
    rows = [row for path in recordings for row in _predict(capsys, model, path)]
    said = np.array([[float(row["p_open"]), float(row["p_closed"])] for row in rows])
    np.testing.assert_allclose(said, scored.probability[0], atol=2e-5)
    assert [row["start_seconds"] for row in rows[:3]] == ["0.0", "2.0", "4.0"]


def test_channels_are_found_by_name_and_missing_ones_are_listed(
    edf_data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], write_edf: Callable[..., Path],
) -> None:  # fmt: skip
    model = _train(tmp_path / "a", edf_data_set, monkeypatch)
    rng = np.random.default_rng(1)
    signal = rng.normal(0, 10, (4, 10 * 64))
    rows = _predict(
        capsys, model, write_edf(tmp_path / "x.edf", signal[:3], 64, ["Fz", "Cz", "Oz"])
    )
    other = write_edf(
        tmp_path / "y.edf", signal[[3, 2, 0, 1]], 64, ["Pz", "EEG OZ", "Fz.", "CZ-REF"]
    )
    again = _predict(capsys, model, other)
    assert [row["p_open"] for row in again] == [row["p_open"] for row in rows]
    lacking = write_edf(tmp_path / "z.edf", signal[:2], 64, ["Fz", "Pz"])
    assert main(["predict", str(model), str(lacking)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "has no channel 'Cz', 'Oz'" in told.err
    assert "It has Fz, Pz" in told.err


def test_another_rate_step_and_json(
    edf_data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], write_edf: Callable[..., Path],
) -> None:  # fmt: skip
    model = _train(tmp_path / "a", edf_data_set, monkeypatch)
    signal = np.random.default_rng(1).normal(0, 10, (3, 10 * 256))
    path = write_edf(tmp_path / "John_Smith.edf", signal, 256, ["Fz", "Cz", "Oz"])
    assert len(_predict(capsys, model, path)) == 5
    assert len(_predict(capsys, model, path, "--step-seconds=1")) == 9
    target = tmp_path / "said.json"
    _predict(capsys, model, path, "--format=json", f"--output={target}")
    said = json.loads(target.read_text())
    assert said["classes"] == ["open", "closed"]
    assert len(said["windows"]) == 5
    assert sum(said["windows"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert "Smith" not in target.read_text()
    assert len(said["recording_sha256"]) == 64


def test_a_model_names_neither_people_nor_places(
    edf_data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _train(tmp_path / "a", edf_data_set, monkeypatch)
    text = (model / "model.json").read_text()
    assert str(tmp_path) not in text
    assert "S0" not in text
    assert read_model(model).trained_with().whole("max_epochs") == 6


def test_a_changed_model_and_wrong_recordings_are_refused(
    edf_data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], write_edf: Callable[..., Path],
) -> None:  # fmt: skip
    model = _train(tmp_path / "a", edf_data_set, monkeypatch)
    good = edf_data_set / "S0_open.edf"
    short = write_edf(tmp_path / "short.edf", np.ones((3, 64)), 64, ["Fz", "Cz", "Oz"])
    for words, code, message in [
        ((model, tmp_path / "none.edf"), 2, "there is no such recording"),
        ((tmp_path, good), 2, "holds no model"),
        ((model, short), 1, "less than one window"),
        ((model, good, "--events=blink"), 2, "no event 'blink'"),
        ((model, good, "--step_seconds=0"), 2, "step_seconds"),
    ]:
        assert main(["predict", *map(str, words)]) == code
        told = capsys.readouterr().err
        assert message in told
        assert "Traceback" not in told
    with (model / "arrays.npz").open("ab") as stream:
        stream.write(b"x")
    assert main(["predict", str(model), str(good)]) == 1
    assert "SHA-256 differs" in capsys.readouterr().err
