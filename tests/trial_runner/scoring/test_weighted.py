import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from trial_runner.scoring.weighted import METRICS, metrics_for

_SKLEARN_OF_CLASSES = {
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "kappa": lambda y, p, sample_weight: reference.cohen_kappa_score(
        y, p, sample_weight=sample_weight
    ),
    "sensitivity": lambda y, p, sample_weight: reference.recall_score(
        y, p, sample_weight=sample_weight
    ),
    "specificity": lambda y, p, sample_weight: reference.recall_score(
        y, p, pos_label=0, sample_weight=sample_weight
    ),
    "f1": lambda y, p, sample_weight: reference.f1_score(
        y, p, average="macro", sample_weight=sample_weight
    ),
}


def _data(seed, trials=60, classes=2, levels=None):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(classes), rng.integers(classes, size=trials - classes)])
    probability = rng.dirichlet(np.ones(classes), size=trials)
    if levels:  # few distinct values: many ties
        probability = np.round(probability * levels) / levels
    weights = rng.integers(0, 4, size=(3, trials)).astype(float) + (np.arange(trials) < classes)
    return truth, probability, weights


@pytest.mark.parametrize("levels", [None, 4])
@pytest.mark.parametrize("seed", range(5))
def test_ranking_metrics_are_scikit_learns(seed, levels):
    truth, probability, weights = _data(seed, levels=levels)
    for name, expected in (
        ("auroc", reference.roc_auc_score),
        ("auprc", reference.average_precision_score),
    ):
        values = METRICS[name].score(truth, probability, weights)
        for value, row in zip(values, weights, strict=True):
            assert value == pytest.approx(expected(truth, probability[:, 1], sample_weight=row))


@pytest.mark.parametrize("name", _SKLEARN_OF_CLASSES)
@pytest.mark.parametrize("seed", range(5))
def test_class_metrics_are_scikit_learns(name, seed):
    truth, probability, weights = _data(seed)
    predicted = probability.argmax(-1)
    values = METRICS[name].score(truth, predicted, weights)
    for value, row in zip(values, weights, strict=True):
        expected = _SKLEARN_OF_CLASSES[name](truth, predicted, sample_weight=row)
        assert value == pytest.approx(expected)


def test_several_classes_are_scored_one_against_the_rest():
    truth, probability, weights = _data(3, classes=4)
    values = METRICS["auroc"].score(truth, probability, weights)
    for value, row in zip(values, weights, strict=True):
        expected = np.mean(
            [
                reference.roc_auc_score(truth == k, probability[:, k], sample_weight=row)
                for k in range(4)
            ]
        )
        assert value == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=25
    )
)
def test_auroc_is_the_share_of_pairs_won(rows):
    truth = np.array([int(positive) for positive, _, _ in rows])
    score = np.array([value for _, value, _ in rows], dtype=float)
    weights = np.array([weight for _, _, weight in rows], dtype=float)
    value = METRICS["auroc"].score(truth, np.stack([-score, score], -1), weights[None])[0]
    won = pairs = 0.0
    for positive, high, weight in rows:
        for other, low, other_weight in rows:
            if positive and not other:
                pairs += weight * other_weight
                won += weight * other_weight * ((high > low) + 0.5 * (high == low))
    assert (np.isnan(value) and pairs == 0) or value == pytest.approx(won / pairs)


def test_leading_axes_broadcast():
    truth, _, weights = _data(0)
    probability = np.stack([_data(seed)[1] for seed in range(4)])
    predicted = probability.argmax(-1)
    for name, metric in METRICS.items():
        values = probability if metric.takes == "ranking" else predicted
        together = metric.score(truth, values[:, None], weights[None])
        assert together.shape == (4, 3), name
        for seed in range(4):
            for row in range(3):
                alone = metric.score(truth, values[seed], weights[row])
                assert together[seed, row] == pytest.approx(float(alone)), name


def test_a_resample_without_positives_has_no_auroc():
    truth = np.array([0, 0, 1])
    probability = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    assert np.isnan(METRICS["auroc"].score(truth, probability, np.array([1.0, 1.0, 0.0])))


def test_binary_metrics_are_not_offered_for_more_classes():
    assert "sensitivity" in metrics_for(2)
    assert "sensitivity" not in metrics_for(5)
