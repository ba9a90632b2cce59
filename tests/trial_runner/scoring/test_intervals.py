import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from trial_runner.scoring.intervals import expanded_tail, interval_of, score_intervals
from trial_runner.scoring.predictions import PredictionsError
from trial_runner.scoring.values import Interval

from .simulation import simulate


def test_the_value_is_the_mean_of_the_seeds_scores_not_an_ensembles():
    found = simulate(np.random.default_rng(0), seeds=4)
    scores = [roc_auc_score(found.y_true, seed[:, 1]) for seed in found.probability]
    ensemble = roc_auc_score(found.y_true, found.probability[..., 1].mean(axis=0))
    score = score_intervals(found, ("auroc",), resamples=50)["auroc"]
    assert score.interval.value == pytest.approx(np.mean(scores))
    assert score.interval.value != pytest.approx(ensemble, abs=1e-4)
    assert score.seed_std == pytest.approx(np.std(scores, ddof=1))


def test_bounds_are_scipys_percentile_bootstrap_for_many_trials_of_one_seed():
    found = simulate(np.random.default_rng(1), trials_each=400, seeds=1)
    right = (found.probability[0].argmax(-1) == found.y_true).astype(float)
    reference = stats.bootstrap(
        (right,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    interval = score_intervals(found, ("accuracy",), resamples=9999)["accuracy"].interval
    assert interval.low == pytest.approx(reference.low, abs=0.004)
    assert interval.high == pytest.approx(reference.high, abs=0.004)


def test_bounds_over_subjects_are_scipys():
    found = simulate(np.random.default_rng(2), subjects=40, trials_each=20, seeds=1)
    right = (found.probability[0].argmax(-1) == found.y_true).reshape(40, 20).mean(axis=1)
    reference = stats.bootstrap(
        (right,),
        np.mean,
        n_resamples=9999,
        method="percentile",
        confidence_level=1 - 2 * expanded_tail(40, 0.95),
        rng=np.random.default_rng(5),
    ).confidence_interval
    interval = score_intervals(found, ("accuracy",), resamples=9999)["accuracy"].interval
    assert interval.low == pytest.approx(reference.low, abs=0.005)
    assert interval.high == pytest.approx(reference.high, abs=0.005)


def test_subjects_that_differ_make_the_interval_wider_than_trials_would():
    rng = np.random.default_rng(3)
    by_subject = simulate(rng, subjects=10, trials_each=40, subject_std=1.0)
    by_trial = type(by_subject)(**{**vars(by_subject), "unit_of": np.arange(400), "unit": "trial"})
    widths = [
        score.interval.high - score.interval.low
        for score in (score_intervals(p, ("auroc",))["auroc"] for p in (by_subject, by_trial))
    ]
    assert widths[0] > 1.3 * widths[1]


@pytest.mark.parametrize(
    "setting",
    [
        {"subjects": 1, "trials_each": 150, "seeds": 4},
        {"subjects": 10, "trials_each": 30, "seeds": 3},
    ],
)
def test_about_95_of_100_intervals_cover_the_true_score(setting):
    rng = np.random.default_rng(7)
    many = {**setting, "trials_each": 20_000} if setting["subjects"] == 1 else {
        **setting, "subjects": 1000
    }  # fmt: skip
    truth = np.mean(
        [
            score_intervals(simulate(rng, **{**many, "seeds": 8}), ("auroc",), resamples=1)[
                "auroc"
            ].interval.value
            for _ in range(4)
        ]
    )
    covered = [
        interval.low <= truth <= interval.high
        for interval in (
            score_intervals(simulate(rng, **setting), ("auroc",), resamples=400, seed=repeat)[
                "auroc"
            ].interval
            for repeat in range(300)
        )
    ]
    assert 0.91 <= np.mean(covered) <= 0.985  # 300 draws of a coin of .95: ±.025


def test_the_same_seed_gives_the_same_interval():
    found = simulate(np.random.default_rng(0))
    first, second, other = (score_intervals(found, ("auroc",), seed=s) for s in (1, 1, 2))
    assert first == second
    assert first != other


def test_one_seed_has_no_spread_and_one_unit_no_interval():
    found = simulate(np.random.default_rng(0), seeds=1)
    assert math.isnan(score_intervals(found, ("auroc",))["auroc"].seed_std)
    assert math.isnan(interval_of(0.8, np.array([0.8, 0.8]), units=1).low)


def test_draws_without_a_score_are_left_out():
    interval = interval_of(0.5, np.array([np.nan, 0.4, 0.6, np.nan]), units=10**6)
    assert 0.4 <= interval.low <= interval.high <= 0.6


@pytest.mark.parametrize(
    ("low", "high", "excludes"), [(0.1, 0.2, True), (-0.2, -0.1, True), (-0.1, 0.1, False)]
)
def test_whether_zero_lies_outside(low, high, excludes):
    assert Interval(0.0, low, high).excludes_zero is excludes


def test_an_unknown_metric_is_named():
    found = simulate(np.random.default_rng(0))
    with pytest.raises(PredictionsError, match="no metric 'auc'; there are auroc"):
        score_intervals(found, ("auc",))
