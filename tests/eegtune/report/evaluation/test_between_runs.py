from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eegtune.execution.store import RunStore
from eegtune.report.evaluation.between_runs import NotScoredError, between_runs, between_text
from eegtune.report.evaluation.configurations import Configuration
from eegtune.report.evaluation.ledger import EVALUATED
from eegtune.report.evaluation.results import to_json
from eegtune.report.evaluation.scoring import Tuning, evaluation_of_repeats, scored
from trial_runner.scoring.differences import paired_differences
from trial_runner.scoring.predictions import load_predictions

from ..runs import START, experiment, material
from ..stored import store

TUNING = Tuning(experiment().spec.objective, 0.95)
CHOSEN = tuple(Configuration(name, {}, {}) for name in ("default", "tuned"))


def predict(path: Path, seed: int, gain: float, trials: int = 200) -> None:
    """Write what a model says of trials of two classes; the noise of a trial is shared."""
    truth = np.tile([0, 1], trials // 2)
    shared = np.random.default_rng(0).normal(size=trials)
    own = 0.3 * np.random.default_rng(seed).normal(size=(2, trials))
    probability = 1 / (1 + np.exp(-(gain * (truth * 2 - 1) + shared + own)))
    path.mkdir(parents=True)
    np.savez(
        path / "predictions.npz", y_true=truth, classes=np.array(["a", "b"]), subjects=1,
        probability=np.stack([1 - probability, probability], -1), group=np.arange(trials),
        unit="trial",
    )  # fmt: skip


def scored_run(run: Path, seed: int, gain: float, trials: int = 200) -> Path:
    """A run that was evaluated, as `evaluate` leaves it."""
    store(material(3), run)
    place = run / "evaluation" / START.strftime("%Y%m%dT%H%M%S") / "trials"
    folders = {name: place / name / "artefacts" for name in ("default", "tuned")}
    predict(folders["default"], seed + 100, 0.1, trials)
    predict(folders["tuned"], seed, gain, trials)
    evaluation, digest = scored(CHOSEN, folders, TUNING, START)
    with RunStore.open(run, read_only=False) as opened:
        opened.append_event(EVALUATED, touch=START.isoformat(), data_sha256=digest,
                            evaluation=to_json(evaluation))  # fmt: skip
    return run


def tuned(run: Path) -> Path:
    return run / "evaluation" / START.strftime("%Y%m%dT%H%M%S") / "trials/tuned/artefacts"


def test_the_difference_is_that_of_the_paired_predictions(tmp_path: Path) -> None:
    one, other = scored_run(tmp_path / "a", 1, 0.9), scored_run(tmp_path / "b", 2, 0.4)
    found = between_runs(one, other)
    said = [load_predictions(tuned(run) / "predictions.npz") for run in (one, other)]
    assert found.difference == paired_differences(said[0], said[1], ["auroc"])["auroc"]
    assert found.difference.interval.low > 0
    assert between_text(found, "a", "b").startswith("the winner of a is better: auroc ")
    assert between_text(between_runs(other, one), "b", "a").startswith("the winner of a is better")


def test_equal_ones_are_not_told_apart(tmp_path: Path) -> None:
    one, other = scored_run(tmp_path / "a", 1, 0.6), scored_run(tmp_path / "b", 2, 0.6)
    text = between_text(between_runs(one, other), "a", "b")
    assert text.startswith("neither winner is measurably better: auroc ")
    assert "95 % interval −0." in text
    assert "on the 200 test trials of one person" in text


def test_repeats_are_compared_by_what_they_report(tmp_path: Path) -> None:
    runs = []
    for name, values in (("a", (0.91, 0.92, 0.93)), ("b", (0.81, 0.82, 0.83))):
        repeats = {each: [{"val_auroc": value} for value in values] for each in
                   ("default", "tuned")}  # fmt: skip
        evaluation = evaluation_of_repeats(repeats, {"default": {}, "tuned": {}}, TUNING, START)
        runs.append(store(material(3), tmp_path / name).path)
        with RunStore.open(runs[-1], read_only=False) as opened:
            opened.append_event(EVALUATED, evaluation=to_json(evaluation))
    found = between_runs(*runs)
    assert found.difference.interval.value == pytest.approx(0.1)
    assert between_text(found, "a", "b").startswith("the winner of a is better: val_auroc ")


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    one, shorter = scored_run(tmp_path / "a", 1, 0.6), scored_run(tmp_path / "b", 2, 0.6, 100)
    with pytest.raises(NotScoredError, match="do not compare on test data: .* same trials"):
        between_runs(one, shorter)
    with pytest.raises(NotScoredError, match="eegtune evaluate"):
        between_runs(one, store(material(3), tmp_path / "c").path)
    (tuned(one) / "predictions.npz").unlink()
    with pytest.raises(NotScoredError, match="does not exist"):
        between_runs(one, shorter)
