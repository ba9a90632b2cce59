from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from trial_runner.scoring import metrics


def _case(seed: int, n: int, classes: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    raw = rng.random((n, classes)) + 0.5 * np.eye(classes)[labels]
    if ties:
        raw = np.round(raw, 1) + 0.1
    return labels, raw / raw.sum(axis=1, keepdims=True)


CASES = [
    (seed, n, classes, ties)
    for seed, n in ((0, 5), (1, 50), (2, 400))
    for classes in (2, 3, 5)
    for ties in (False, True)
]


@pytest.mark.parametrize(("seed", "n", "classes", "ties"), CASES)
def test_scores_are_those_of_scikit_learn(seed: int, n: int, classes: int, ties: bool) -> None:
    labels, probabilities = _case(seed, n, classes, ties)
    predicted = probabilities.argmax(axis=1)
    score = probabilities[:, 1] if classes == 2 else probabilities
    one_hot = np.eye(classes)[labels]
    expected = {
        "auroc": sklearn_metrics.roc_auc_score(labels, score, multi_class="ovr"),
        "auprc": sklearn_metrics.average_precision_score(
            labels if classes == 2 else one_hot, score
        ),
        "accuracy": sklearn_metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(labels, predicted),
        "f1_macro": sklearn_metrics.f1_score(labels, predicted, average="macro"),
        "loss": sklearn_metrics.log_loss(labels, probabilities),
    }
    if classes == 2:
        expected["sensitivity"] = sklearn_metrics.recall_score(labels, predicted)
        expected["specificity"] = sklearn_metrics.recall_score(labels, predicted, pos_label=0)
    assert metrics.classification_scores(labels, probabilities) == pytest.approx(expected)


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    loss = metrics.log_loss(np.array([0]), np.array([[0.0, 1.0]]))
    assert loss == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_curves_need_both_classes(labels: list[int]) -> None:
    probabilities = np.array([[0.4, 0.6], [0.3, 0.7]])
    for score in (metrics.auroc, metrics.auprc):
        with pytest.raises(ValueError, match="rows of the class and rows of others"):
            score(np.array(labels), probabilities)


def test_recall_needs_its_class() -> None:
    with pytest.raises(ValueError, match="class 1 does not occur"):
        metrics.sensitivity(np.array([0, 0]), np.array([[0.4, 0.6], [0.3, 0.7]]))


def test_importing_it_is_light() -> None:
    code = (
        "import sys, trial_runner.scoring.metrics; "
        "print([m for m in ('scipy', 'sklearn', 'torch', 'pandas') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
