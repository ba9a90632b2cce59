"""What each component keeps says of recordings what it said when it was scored."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trial_runner.arguments import parse_arguments
from trial_runner.cli import main
from trial_runner.components import get_component

Capture = pytest.CaptureFixture[str]
FAST = ("--split=test", "--seeds=2", "--folds=2", "--cache=none")
TINY = (
    "--embed_dim=32", "--num_heads=4", "--mlp_ratio=2", "--depth=1", "--embed_num=1",
    "--patch_size=32", "--warmup_epochs=1", "--batch_size=16", "--max_epochs=2",
)  # fmt: skip


@pytest.fixture
def artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    return tmp_path / "artefacts"


def _train(component: str, data: object, *words: str) -> None:
    declared = get_component(component)
    module, _, function = declared.entry.partition(":")
    given = [f"--data={data}", *FAST, *words]
    getattr(import_module(module), function)(parse_arguments(declared, given))


def _predicted(capsys: Capture, model: Path, paths: Iterable[Path]) -> NDArray[np.float64]:
    said = []
    for path in paths:
        capsys.readouterr()
        assert main(["predict", str(model), str(path)]) == 0, capsys.readouterr().err
        for row in csv.DictReader(capsys.readouterr().out.splitlines()):
            said.append([float(text) for name, text in row.items() if name.startswith("p_")])
    return np.array(said)


def _check(capsys: Capture, artefacts: Path, paths: Iterable[Path]) -> None:
    with np.load(artefacts / "predictions.npz") as stored:
        scored = stored["probability"][0]
    said = _predicted(capsys, artefacts / "model", paths)
    np.testing.assert_allclose(said, scored, atol=3e-5)


def _test_recordings(folder: Path, artefacts: Path) -> list[Path]:
    with np.load(artefacts / "predictions.npz") as stored:
        people = sorted(set(stored["group"].tolist()))
    return [folder / f"S{one}_{label}.edf" for one in people for label in ("closed", "open")]


@pytest.mark.parametrize(
    "words", [("--mode=probe",), ("--ema=0.5", "--reconstruction_weight=0.1")]
)
def test_eegpt(
    artefacts: Path, edf_data_set: Path, capsys: Capture, words: tuple[str, ...]
) -> None:
    pytest.importorskip("braindecode")
    _train("eegpt", edf_data_set, *TINY, *words)
    _check(capsys, artefacts, _test_recordings(edf_data_set, artefacts))


@pytest.mark.parametrize("words", [(), ("--features=band_power+tangent_space",)])
def test_automl(
    artefacts: Path, edf_data_set: Path, capsys: Capture, words: tuple[str, ...]
) -> None:
    pytest.importorskip("flaml")
    fast = ("--time_budget_seconds=3", "--inner_folds=2", "--estimators=rf")
    _train("automl", edf_data_set, *fast, *words)
    _check(capsys, artefacts, _test_recordings(edf_data_set, artefacts))


def test_automl_on_a_table(artefacts: Path, tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("flaml")
    rng = np.random.default_rng(0)
    subjects, labels = np.repeat(np.arange(8), 10), np.tile([0, 1], 40)
    features = rng.normal(size=(80, 4)) + labels[:, None]
    np.savez(tmp_path / "table.npz", X=features, y=labels, subject=subjects)
    _train("automl", tmp_path / "table.npz", "--time_budget_seconds=3", "--inner_folds=2",
           "--estimators=rf")  # fmt: skip
    is_test = _rows_of_test_people(artefacts, [f"S{one}" for one in subjects])
    np.savez(tmp_path / "new.npz", X=features[is_test])
    _check(capsys, artefacts, [tmp_path / "new.npz"])


def _rows_of_test_people(artefacts: Path, people: list[str]) -> NDArray[np.bool_]:
    with np.load(artefacts / "predictions.npz") as stored:
        return np.isin(people, stored["group"])


def test_emotion_takes_columns_by_name(artefacts: Path, tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(0)
    people = [f"P{number // 12}" for number in range(96)]
    labels = ["calm", "glad"] * 48
    features = rng.normal(size=(96, 8)) + np.array([[0.0], [1.0]] * 48)
    names = [f"f{number}" for number in range(8)]
    everything = zip(features, labels, people, strict=True)
    table = [[*row, label, person] for row, label, person in everything]
    _write(tmp_path / "table.csv", [*names, "emotion", "subject"], table)
    words = ("--blocks=1", "--dense_layers=1", "--max_epochs=2", "--batch_size=16")
    _train("emotion", tmp_path / "table.csv", *words)
    chosen = features[_rows_of_test_people(artefacts, people)]
    _write(tmp_path / "new.csv", ["more", *names[::-1]], [[0, *row[::-1]] for row in chosen])
    _check(capsys, artefacts, [tmp_path / "new.csv"])
    _write(tmp_path / "few.csv", names[:6], [row[:6] for row in chosen])
    assert main(["predict", str(artefacts / "model"), str(tmp_path / "few.csv")]) == 1
    assert "lacks the column 'f6', 'f7'" in capsys.readouterr().err


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def test_activity(artefacts: Path, tmp_path: Path, capsys: Capture) -> None:
    from trial_runner.components.activity.recordings import MotionPlan, simulate_motion

    plan = "simulation:subjects=6,seconds=12,activities=2"
    _train("activity", plan, "--max_epochs=2", "--batch_size=16", "--hidden_dim=16")
    recordings, _ = simulate_motion(MotionPlan(subjects=6, seconds=12, activities=2))
    people = [one.subject for one in recordings]
    paths = []
    for number in np.flatnonzero(_rows_of_test_people(artefacts, people)):
        paths.append(tmp_path / f"{number:02d}.npy")
        np.save(paths[-1], recordings[number].signal.T)
    _check(capsys, artefacts, paths)


@pytest.mark.parametrize("words", [("--hmm=learned",), ("--classifier=rf", "--emg_channel=none")])
def test_sleep(artefacts: Path, tmp_path: Path, capsys: Capture, words: tuple[str, ...]) -> None:
    pytest.importorskip("lightgbm")
    from trial_runner.components.sleep.sources import NightSource, find_nights

    data = "simulation:subjects=4,hours=0.8,sfreq_hz=64,contrast=0.6"
    _train("sleep", data, "--n_estimators=5", "--smoothing_epochs=1", *words)
    [night] = find_nights(data, "test", None)
    assert isinstance(night, NightSource)
    read = night.read()
    np.savez(tmp_path / "night.npz", signal=read.signal, channels=np.array(read.channels),
             sfreq_hz=read.sfreq_hz)  # fmt: skip
    _check(capsys, artefacts, [tmp_path / "night.npz"])
    np.savez(tmp_path / "few.npz", signal=read.signal[:1], channels=np.array(["EEG"]),
             sfreq_hz=read.sfreq_hz)  # fmt: skip
    assert main(["predict", str(artefacts / "model"), str(tmp_path / "few.npz")]) == 1
    assert "has no channel of the kind EOG" in capsys.readouterr().err
