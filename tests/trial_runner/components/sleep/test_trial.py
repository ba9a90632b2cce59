from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.cache import cache_uses
from trial_runner.components.sleep import COMPONENT
from trial_runner.components.sleep.sources import find_nights
from trial_runner.components.sleep.trial import run
from trial_runner.errors import DataError, UsageError
from trial_runner.scoring.predictions import load_predictions
from trial_runner.scoring.staging import staging_scores
from trial_runner.simulation.nights import STAGES

pytest.importorskip("lightgbm")
NIGHTS = "simulation:subjects=4,hours=0.8,sfreq_hz=64,contrast=0.6"
FAST = ("--folds=2", "--n_estimators=5", "--colsample_bytree=0.3", "--emg_channel=none")
DREAMS = Path(__file__).parents[5] / "shared" / "data" / "dreams"
FEATURES = DREAMS.with_name("sleep_edf_features")


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))


def _run(
    capsys: pytest.CaptureFixture[str], *argv: str, data: str = NIGHTS
) -> list[dict[str, float]]:
    given = {word.partition("=")[0] for word in argv}
    more = [word for word in FAST if word.partition("=")[0] not in given]
    cache = [] if "--cache" in given else ["--cache=none"]
    run(parse_arguments(COMPONENT, [f"--data={data}", *argv, *more, *cache]))
    lines = capsys.readouterr().out.splitlines()
    return [
        {
            name: float(value)
            for name, _, value in (word.partition("=") for word in line.split()[1:])
        }
        for line in lines
    ]


def test_simulated_nights_are_staged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = _run(capsys)
    assert [line.get("fold") for line in lines] == [1, 2, None]
    assert lines[-1]["val_kappa"] > 0.6
    assert lines[-1]["val_kappa_min"] <= lines[-1]["val_kappa_mean"] <= lines[-1]["val_kappa_max"]
    figure = ET.parse(tmp_path / "artefacts" / "hypnogram.svg").getroot()
    assert figure.tag.endswith("svg")


def test_nothing_planted_is_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Where stages look alike the time of night is all there is: it bounds what can be said."""
    nights = NIGHTS.replace("contrast=0.6", "contrast=0")
    scores = _run(capsys, data=nights)[-1]
    hypnograms = np.stack(
        [one.read().hypnogram for one in find_nights(nights, "development", None)]
    )
    at_best = np.array([np.bincount(column, minlength=5).argmax() for column in hypnograms.T])
    by_time = staging_scores(hypnograms.reshape(-1), np.tile(at_best, len(hypnograms)), STAGES)
    assert scores["val_accuracy"] <= by_time["accuracy"]
    assert scores["val_kappa"] <= by_time["kappa"]


def test_smoothing_shares_the_trees(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cache = f"--cache={tmp_path}"
    plain = _run(capsys, cache)[-1]
    smoothed = _run(capsys, cache, "--hmm=learned", "--min_bout_rem=5")[-1]
    assert smoothed != plain
    assert cache_uses(tmp_path)["sleep-probabilities"] == (2, 2)
    _run(capsys, cache, "--theta_alpha_hz=7")
    assert cache_uses(tmp_path)["sleep-probabilities"] == (2, 4)
    assert cache_uses(tmp_path)["sleep-spectra"][1] == 3  # other edges need no other spectrum


def test_the_same_arguments_score_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "--subsample=0.7") == _run(capsys, "--subsample=0.7")


def test_the_test_part_is_scored_once_with_seeds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scores = _run(capsys, "--split=test", "--seeds=2", "--subsample=0.7", "--hmm=given")[-1]
    predictions = load_predictions(tmp_path / "artefacts" / "predictions.npz")
    assert predictions.probability.shape == (2, 96, 5)
    right = (predictions.probability.argmax(-1) == predictions.y_true).mean()
    assert scores["test_accuracy"] == pytest.approx(right, abs=1e-5)
    assert predictions.classes == ("W", "N1", "N2", "N3", "R")


def test_given_transitions_come_from_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "transitions.csv"
    np.savetxt(path, np.full((5, 5), 0.2), delimiter=",")
    _run(capsys, "--hmm=given", f"--transitions={path}")
    np.savetxt(path, np.full((5, 5), 0.3), delimiter=",")
    with pytest.raises(UsageError, match=r"row 1 of .* sums to 1\.5; expected 1"):
        _run(capsys, "--hmm=given", f"--transitions={path}")
    np.savetxt(path, np.full((4, 5), 0.2), delimiter=",")
    with pytest.raises(UsageError, match=r"has shape \(4, 5\); expected 5 rows"):
        _run(capsys, f"--transitions={path}")


@pytest.mark.parametrize(
    ("argv", "error", "message"),
    [
        (["--theta_alpha_hz=14"], DataError, "alpha begins at 14 Hz, sigma at 12 Hz"),
        (["--eeg_channel=C3"], DataError, "has no channel 'C3'"),
        (["--folds=9"], UsageError, "--folds is 9, but there are 3 subjects"),
    ],
)
def test_bad_input(
    capsys: pytest.CaptureFixture[str], argv: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        _run(capsys, *argv)


def test_yasa_is_no_baseline_of_a_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    np.savez(
        tmp_path / "table.npz", X=np.random.default_rng(0).standard_normal((80, 2)),
        y=np.arange(80) % 5, subject=np.arange(80) // 20, night=np.ones(80),
    )  # fmt: skip
    data = str(tmp_path / "table.npz")
    assert "val_kappa" in _run(capsys, data=data)[-1]
    with pytest.raises(UsageError, match="needs raw nights"):
        _run(capsys, "--baseline=yasa", data=data)


@pytest.mark.slow
def test_yasa_as_baseline_and_as_features(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("yasa")
    nights = "simulation:subjects=3,hours=0.8,sfreq_hz=100"
    scores = _run(capsys, "--baseline=yasa", "--features=yasa", "--n_estimators=50", data=nights)[
        -1
    ]
    assert scores["val_yasa_kappa"] > 0.5
    assert scores["val_kappa"] > 0.5


def test_yasa_needs_a_high_enough_frequency(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("yasa")
    with pytest.raises(DataError, match="is sampled at 64 Hz; YASA needs more than 80 Hz"):
        _run(capsys, "--features=yasa")


@pytest.mark.real_data
@pytest.mark.skipif(not DREAMS.is_dir(), reason=f"the DREAMS excerpts are not at {DREAMS}")
def test_dreams_from_the_raw_signal(capsys: pytest.CaptureFixture[str]) -> None:
    scores = _run(capsys, "--folds=3", "--n_estimators=50", data=str(DREAMS))[-1]
    assert scores["val_accuracy"] > 0.5


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.skipif(not FEATURES.is_dir(), reason=f"the Sleep-EDF features are not at {FEATURES}")
def test_sleep_edf_features(capsys: pytest.CaptureFixture[str]) -> None:
    scores = _run(
        capsys, "--folds=2", "--n_estimators=10", "--max_depth=4", "--colsample_bytree=0.1",
        "--context_epochs=0", "--neighbour_epochs=0", data=str(FEATURES),
    )[-1]  # fmt: skip
    assert scores["val_kappa"] > 0.7
