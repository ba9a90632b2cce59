import numpy as np
import pytest
from scipy import stats

from trial_runner.scoring.differences import paired_differences, permutation_p_values
from trial_runner.scoring.predictions import PredictionsError
from trial_runner.scoring.weighted import METRICS

from .simulation import from_evidence, simulate


def _pair(rng, gain, *, subjects=1, trials_each=200, seeds=2):
    """Two models of the same trials; the first separates the classes better by `gain`."""
    trials = subjects * trials_each
    subject = np.repeat(np.arange(subjects), trials_each)
    truth = np.tile([0, 1], trials // 2)
    shared = rng.normal(size=trials) + (truth * 2 - 1) * 0.6
    noise = 0.5 * rng.normal(size=(2, seeds, trials))
    tuned = from_evidence(truth, shared + noise[0] + (truth * 2 - 1) * gain, subject)
    return tuned, from_evidence(truth, shared + noise[1], subject)


def test_a_configuration_compared_with_itself_differs_by_nothing():
    found = simulate(np.random.default_rng(0), seeds=1)
    difference = paired_differences(found, found, ("auroc",))["auroc"]
    assert (difference.interval.value, difference.interval.low, difference.interval.high) == (
        0.0, 0.0, 0.0,
    )  # fmt: skip
    assert difference.p_value == 1.0


def test_a_clear_gain_is_found():
    tuned, default = _pair(np.random.default_rng(1), gain=0.6)
    for name, difference in paired_differences(tuned, default, ("auroc", "accuracy")).items():
        assert difference.interval.low > 0, name
        assert difference.p_value < 0.01, name


def test_tuned_minus_default_turns_its_sign_with_the_order():
    tuned, default = _pair(np.random.default_rng(2), gain=0.3)
    there = paired_differences(tuned, default, ("auroc",))["auroc"].interval
    back = paired_differences(default, tuned, ("auroc",))["auroc"].interval
    assert there.value == pytest.approx(-back.value)
    assert there.low == pytest.approx(-back.high, abs=0.01)


def test_p_is_scipys_paired_permutation_test_of_accuracy():
    tuned, default = _pair(np.random.default_rng(3), gain=0.15, seeds=1)
    right = [
        (each.probability[0].argmax(-1) == each.y_true).astype(float) for each in (tuned, default)
    ]
    reference = stats.permutation_test(
        right,
        lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=np.random.default_rng(0),
    )
    p = permutation_p_values(tuned, default, ("accuracy",), 9999, np.random.default_rng(1))
    assert p["accuracy"] == pytest.approx(reference.pvalue, abs=0.02)


def test_few_subjects_try_all_swaps():
    tuned, default = _pair(np.random.default_rng(4), gain=1.0, subjects=6, trials_each=40)
    p = permutation_p_values(tuned, default, ("accuracy",), 10, np.random.default_rng(0))
    assert p["accuracy"] == 2 / 2**6  # only "none" and "all" swapped are as far apart


def test_without_a_difference_p_is_spread_evenly():
    rng = np.random.default_rng(5)
    p = [
        permutation_p_values(*_pair(rng, gain=0.0, trials_each=60), ("auroc",), 200, rng)["auroc"]
        for _ in range(150)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert np.mean(np.array(p) < 0.05) < 0.11


def test_about_95_of_100_intervals_of_the_difference_cover_it():
    rng = np.random.default_rng(6)
    gain = 0.2
    big = [_pair(rng, gain, trials_each=40_000, seeds=1) for _ in range(3)]
    ones = np.ones(40_000)
    truth = np.mean(
        [
            METRICS["auroc"].score(a.y_true, a.probability[0], ones)
            - METRICS["auroc"].score(b.y_true, b.probability[0], ones)
            for a, b in big
        ]
    )
    covered = []
    for repeat in range(200):
        pair = _pair(rng, gain, trials_each=150, seeds=1)
        found = paired_differences(
            *pair, ("auroc",), resamples=400, permutations=1, seed=repeat
        )["auroc"].interval  # fmt: skip
        covered.append(found.low <= truth <= found.high)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_different_data_are_refused():
    one, other = (simulate(np.random.default_rng(0), trials_each=n) for n in (40, 42))
    with pytest.raises(PredictionsError, match="not about the same trials"):
        paired_differences(one, other, ("auroc",))
