from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.cache import cache_uses
from trial_runner.components.autoreject import COMPONENT
from trial_runner.components.autoreject.trial import run
from trial_runner.errors import DataError, TrialError, UsageError
from trial_runner.scoring.predictions import load_predictions

SMALL = "simulation:subjects=3,epochs=30,epoch_seconds=1"


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))


def _run(capsys: pytest.CaptureFixture[str], *argv: str, data: str = SMALL) -> dict[str, float]:
    cache = () if any(word.startswith("--cache") for word in argv) else ("--cache=none",)
    run(parse_arguments(COMPONENT, [f"--data={data}", *argv, *cache]))
    words = capsys.readouterr().out.splitlines()[-1].split()[1:]
    return {name: float(value) for name, _, value in (word.partition("=") for word in words)}


def test_a_simulated_run_agrees_with_the_planted_truth(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fitting = _run(capsys, "--consensus=0.2", "--n_interpolate=2", "--threshold_microvolts=170")
    assert fitting["val_kappa"] > 0.8
    assert fitting["val_channel_kappa"] > 0.9
    assert fitting["val_reconstruction_loss_microvolts"] > 0
    figure = ET.parse(tmp_path / "artefacts" / "agreement.svg").getroot()
    assert figure.tag.endswith("svg")
    careless = _run(capsys, "--consensus=0.5", "--threshold_microvolts=300")
    assert careless["val_kappa"] < fitting["val_kappa"]


def test_what_is_shared_is_computed_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cache = f"--cache={tmp_path}"
    first = _run(capsys, cache)
    assert _run(capsys, cache) == first
    _run(capsys, cache, "--consensus=0.4")  # the loss of another consensus is in the same table
    assert cache_uses(tmp_path) == {"autoreject-facts": (4, 2), "autoreject-losses": (4, 2)}


def test_the_test_part_leaves_predictions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scores = _run(capsys, "--split=test", "--seeds=2")
    predictions = load_predictions(tmp_path / "artefacts" / "predictions.npz")
    assert predictions.probability.shape == (2, 30, 2)
    said = predictions.probability[0].argmax(-1)
    assert (said == predictions.y_true).mean() == pytest.approx(scores["test_agreement"], abs=1e-6)


def test_without_an_expert_the_loss_remains(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from trial_runner.simulation import ArtefactPlan, simulate_artefacts

    for seed in range(2):
        epochs = simulate_artefacts(ArtefactPlan(epochs=20, epoch_seconds=1, seed=seed))
        np.savez(
            tmp_path / f"{seed}.npz", signal=epochs.signal, channels=np.array(epochs.channels),
            sfreq_hz=epochs.sfreq_hz,
        )  # fmt: skip
    scores = _run(capsys, data=str(tmp_path))
    assert set(scores) == {"val_rejected_share", "val_reconstruction_loss_microvolts"}
    with pytest.raises(TrialError, match="without an expert there is nothing else to report"):
        _run(capsys, "--consensus=0.1", data=str(tmp_path))


def test_without_an_expert_an_evaluation_gets_the_losses(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trial_runner.scoring.measurements import load_measurements
    from trial_runner.simulation import ArtefactPlan, simulate_artefacts

    (tmp_path / "data").mkdir()
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    for seed in range(5):
        epochs = simulate_artefacts(ArtefactPlan(epochs=20, epoch_seconds=1, seed=seed))
        np.savez(
            tmp_path / "data" / f"S{seed}.npz", signal=epochs.signal, sfreq_hz=epochs.sfreq_hz,
            channels=np.array(epochs.channels),
        )  # fmt: skip
    scores = _run(capsys, "--split=test", "--seeds=2", data=str(tmp_path / "data"))
    found = load_measurements(tmp_path / "measurements.npz")
    assert found.metric == "reconstruction_loss_microvolts"
    assert found.values.shape == (2, len(found.subjects))
    assert 0 < len(found.subjects) < 5
    mean = scores["test_reconstruction_loss_microvolts"]
    assert found.values.mean() == pytest.approx(mean, rel=1e-5)


def test_with_an_expert_a_missing_loss_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    scores = _run(capsys, "--consensus=0.1")
    assert "val_kappa" in scores
    assert "val_reconstruction_loss_microvolts" not in scores


def test_learned_thresholds(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("autoreject")
    scores = _run(
        capsys, "--threshold_method=learned", "--consensus=0.2", "--n_interpolate=1",
        data="simulation:subjects=2,epochs=20,epoch_seconds=1,sfreq_hz=64",
    )  # fmt: skip
    assert scores["val_kappa"] > 0.5


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--channel_threshold=2"], "--channel_threshold is '2'; allowed is 0 to 1"),
        (["--folds=1"], "--folds is '1'"),
        (["--consensus=1.5"], "consensus is '1.5'; allowed is 0 to 1"),
    ],
)
def test_wrong_arguments(
    capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        _run(capsys, *argv)


def test_one_kind_of_label_only(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match="the expert calls all 20 epochs good"):
        _run(capsys, data="simulation:subjects=3,epochs=10,epoch_seconds=1,spoilt_share=0")


def test_microvolts_given_as_volts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    signal = 20 * np.random.default_rng(0).standard_normal((8, 2, 50))
    for name in "ab":
        np.savez(tmp_path / name, signal=signal, channels=np.array(["Fz", "Cz"]), sfreq_hz=50.0)
    with pytest.raises(DataError, match="are the numbers microvolts"):
        _run(capsys, data=str(tmp_path))
