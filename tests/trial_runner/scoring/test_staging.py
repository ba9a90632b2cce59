from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix, f1_score

from trial_runner.scoring.staging import cohen_kappa, confusion, staging_scores

RNG = np.random.default_rng(0)
LABELS, PREDICTED = RNG.integers(0, 5, 200), RNG.integers(0, 5, 200)
STAGES = ("W", "N1", "N2", "N3", "R")


def test_scores_are_those_of_scikit_learn() -> None:
    scores = staging_scores(LABELS, PREDICTED, STAGES)
    assert scores["kappa"] == pytest.approx(cohen_kappa_score(LABELS, PREDICTED))
    assert scores["accuracy"] == pytest.approx(accuracy_score(LABELS, PREDICTED))
    assert scores["f1_macro"] == pytest.approx(f1_score(LABELS, PREDICTED, average="macro"))
    assert scores["f1_N2"] == pytest.approx(f1_score(LABELS == 2, PREDICTED == 2))
    np.testing.assert_array_equal(
        confusion(LABELS, PREDICTED, 5), confusion_matrix(LABELS, PREDICTED)
    )


def test_classes_that_nobody_names_are_left_out() -> None:
    scores = staging_scores(np.array([0, 0, 2]), np.array([0, 2, 2]), STAGES)
    assert "f1_N1" not in scores
    assert scores["f1_macro"] == pytest.approx(2 / 3)


def test_one_class_on_both_sides_is_full_agreement() -> None:
    assert cohen_kappa(confusion(np.zeros(4, int), np.zeros(4, int), 2)) == 1.0
