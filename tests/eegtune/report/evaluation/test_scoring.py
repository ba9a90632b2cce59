import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from eegtune.report.evaluation.configurations import Configuration
from eegtune.report.evaluation.scoring import (
    Tuning,
    data_digest,
    evaluation_of_predictions,
    evaluation_of_repeats,
    scored,
)
from eegtune.report.evaluation.verdict import verdict
from trial_runner.scoring.measurements import write_measurements
from trial_runner.scoring.predictions import PredictionsError, make_predictions

from ..runs import START, experiment

CHOSEN = tuple(Configuration(name, {}, {"x": name}) for name in ("default", "tuned"))


def _predictions(seed, trials=80, seeds=3, gain=0.5):
    rng = np.random.default_rng(seed)
    truth = np.tile([0, 1], trials // 2)
    evidence = gain * (truth * 2 - 1) + rng.normal(size=(seeds, trials))
    probability = 1 / (1 + np.exp(-evidence))
    return make_predictions(
        truth, np.stack([1 - probability, probability], -1), np.arange(trials), ["a", "b"],
        "trial", 1,
    )  # fmt: skip


def _tuning():
    return Tuning(experiment().spec.objective, 0.95)


def test_scores_are_scikit_learns_means_over_seeds():
    said = {"default": _predictions(0, gain=0.1), "tuned": _predictions(1, gain=1.0)}
    found = evaluation_of_predictions(CHOSEN, said, _tuning(), START)
    tuned = found.configuration("tuned")
    expected = [roc_auc_score(said["tuned"].y_true, p[:, 1]) for p in said["tuned"].probability]
    assert tuned.values["auroc"] == pytest.approx(expected)
    assert tuned.scores["auroc"].interval.value == pytest.approx(np.mean(expected))
    right = [accuracy_score(said["tuned"].y_true, p.argmax(-1)) for p in said["tuned"].probability]
    assert tuned.scores["accuracy"].interval.value == pytest.approx(np.mean(right))
    difference = found.comparisons[0].differences["auroc"].interval
    default = found.configuration("default").scores["auroc"].interval.value
    assert difference.value == pytest.approx(np.mean(expected) - default)
    assert difference.low > 0
    assert (found.test_metric, found.subjects, found.unit_count) == ("auroc", 1, 80)
    assert found.gap == pytest.approx(0.95 - np.mean(expected))


def test_other_data_are_refused():
    said = {"default": _predictions(0), "tuned": _predictions(1, trials=60)}
    with pytest.raises(PredictionsError, match="not about the same trials"):
        evaluation_of_predictions(CHOSEN, said, _tuning(), START)


@pytest.mark.parametrize(("change", "outcome"), [(-0.5, "better"), (0.5, "worse")])
def test_of_what_is_measured_less_is_better(tmp_path, change, outcome):
    losses = np.random.default_rng(0).normal(4, 1, 12) + np.array([[0.0], [0.01]])
    subjects = [f"S{number}" for number in range(12)]
    folders = {name: tmp_path / name for name in ("default", "tuned")}
    for name, folder in folders.items():
        folder.mkdir()
        values = losses + (change if name == "tuned" else 0)
        write_measurements(folder / "measurements.npz", "loss", values, subjects)
    changes = {"objective_metric_name": "val_loss", "type": "minimize"}
    objective = experiment().spec.objective.model_copy(update=changes)
    found, digest = scored(CHOSEN, folders, Tuning(objective, 3.5), START)
    assert (found.kind, found.test_metric) == ("test", "loss")
    assert (found.unit_count, found.seeds) == (12, 2)
    assert found.gap == pytest.approx(3.5 - (losses.mean() + change))
    assert verdict(found, found.comparisons[0], "loss").outcome == outcome
    assert len(digest) == 64


def test_repeats_are_compared_by_what_they_report():
    repeats = {
        "default": [{"val_auroc": 0.7, "val_accuracy": 0.6}, {"val_auroc": 0.72}],
        "tuned": [{"val_auroc": 0.8, "val_accuracy": 0.7}, {"val_auroc": 0.82}],
    }
    found = evaluation_of_repeats(repeats, {"default": {}, "tuned": {}}, _tuning(), START)
    assert found.metrics == ("val_auroc",)  # what every repeat reported
    assert found.comparisons[0].differences["val_auroc"].interval.value == pytest.approx(0.1)
    assert found.kind == "repeats"
    assert found.gap == pytest.approx(0.95 - 0.81)


def test_the_digest_is_that_of_the_data_not_of_the_answers():
    assert data_digest(_predictions(0)) == data_digest(_predictions(1))
    assert data_digest(_predictions(0)) != data_digest(_predictions(0, trials=60))
