from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from trial_runner.components.linear_probe.held_out import held_out_scores, retrain
from trial_runner.components.linear_probe.model import Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.data.windows import Targets
from trial_runner.scoring.prediction_file import write_predictions
from trial_runner.scoring.predictions import load_predictions

torch.set_num_threads(1)
SETTINGS = Settings(
    0.01, 0.0, "adamw", "cosine", 0, 1.0, 0.0, 0.2, 0.0, False, 0.0, 16, 10, 10, 5
)  # fmt: skip


def _data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 60)
    features = (rng.normal(size=(120, 3)) + labels[:, None]).astype(np.float32)
    return features[:80], labels[:80], features[80:], labels[80:]


def test_repetitions_differ_by_their_seed_and_repeat_with_it() -> None:
    known, labels, unknown, true = _data()
    first = retrain(
        known, labels, unknown, Shape(3, 2), SETTINGS, 10, 5, repetitions=3
    ).probabilities
    assert first.shape == (3, 40, 2)
    np.testing.assert_allclose(first.sum(axis=2), 1, atol=1e-6)
    assert np.abs(first[0] - first[1]).max() > 1e-4
    again = retrain(
        known, labels, unknown, Shape(3, 2), SETTINGS, 10, 5, repetitions=2
    ).probabilities
    np.testing.assert_allclose(first[:2], again, atol=1e-5)
    assert held_out_scores(true, first)["test_auroc"] > 0.75


def test_test_rows_do_not_influence_each_other() -> None:
    known, labels, unknown, _ = _data()
    together = retrain(known, labels, unknown, Shape(3, 2), SETTINGS, 5, 5, 1).probabilities
    extreme = np.concatenate([unknown[:1], np.full((5, 3), 1e6, np.float32)])
    alone = retrain(known, labels, extreme, Shape(3, 2), SETTINGS, 5, 5, 1).probabilities
    np.testing.assert_allclose(together[:, 0], alone[:, 0], atol=1e-5)


def test_scores_are_means_over_repetitions() -> None:
    labels = np.array([0, 0, 1, 1])
    right = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]], np.float32)
    scores = held_out_scores(labels, np.stack([right, right[:, ::-1]]))
    assert scores["test_accuracy"] == 0.5
    assert scores["test_auroc"] == 0.5
    assert scores["test_accuracy_std"] == 0.5


@pytest.mark.parametrize(
    ("subjects", "unit", "groups"),
    [(["a", "a", "b"], "subject", ["a", "a", "b"]), (["a"] * 3, "trial", ["0", "1", "2"])],
)
def test_predictions_as_an_evaluation_reads_them(
    tmp_path: Path, subjects: list[str], unit: str, groups: list[str]
) -> None:
    targets = Targets(
        np.array([0, 1, 1]), np.array(subjects), np.array(["x", "y", "z"]), ("no", "yes")
    )
    probabilities = np.full((2, 3, 2), 0.5, np.float32)
    path = tmp_path / "predictions.npz"
    write_predictions(path, targets, probabilities)
    with np.load(path, allow_pickle=False) as stored:
        assert {name: stored[name].tolist() for name in stored.files} == {
            "y_true": [0, 1, 1],
            "probability": probabilities.tolist(),
            "group": groups,
            "classes": ["no", "yes"],
            "unit": unit,
            "subjects": len(set(subjects)),
        }
        assert stored["y_true"].dtype == np.int32
        assert stored["probability"].dtype == np.float32
    read = load_predictions(path)
    assert (read.unit, read.classes, read.subjects) == (unit, ("no", "yes"), len(set(subjects)))


def test_more_epochs_train_further() -> None:
    known, labels, unknown, _ = _data()
    settings = dataclasses.replace(SETTINGS, schedule_epochs=20)
    short, long = (
        retrain(known, labels, unknown, Shape(3, 2), settings, epochs, 5, 1).probabilities
        for epochs in (1, 20)
    )
    assert np.abs(short - long).max() > 0.05
