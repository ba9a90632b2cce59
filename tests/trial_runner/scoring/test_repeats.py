import math

import numpy as np
import pytest
from scipy import stats

from trial_runner.scoring.repeats import mean_difference, mean_score

TUNED, DEFAULT = (0.84, 0.86, 0.83, 0.87, 0.85), (0.80, 0.84, 0.81, 0.79, 0.82)


def test_the_interval_of_a_mean_is_students():
    reference = stats.ttest_1samp(TUNED, 0.0).confidence_interval(0.95)
    score = mean_score(TUNED)
    assert score.interval.value == pytest.approx(0.85)
    assert (score.interval.low, score.interval.high) == pytest.approx(tuple(reference))
    assert score.seed_std == pytest.approx(np.std(TUNED, ddof=1))


def test_the_interval_of_a_difference_is_welchs():
    reference = stats.ttest_ind(TUNED, DEFAULT, equal_var=False).confidence_interval(0.95)
    interval = mean_difference(TUNED, DEFAULT).interval
    assert (interval.low, interval.high) == pytest.approx(tuple(reference))


def test_p_is_scipys_exact_permutation_test():
    reference = stats.permutation_test(
        (TUNED, DEFAULT), lambda a, b: np.mean(a) - np.mean(b), n_resamples=np.inf
    )
    assert mean_difference(TUNED, DEFAULT).p_value == pytest.approx(reference.pvalue)


def test_many_repeats_draw_random_splits():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.3, 1, size=30), rng.normal(size=30)
    reference = stats.permutation_test(
        (first, second), lambda a, b: np.mean(a) - np.mean(b), n_resamples=9999, rng=rng
    )
    assert mean_difference(first, second).p_value == pytest.approx(reference.pvalue, abs=0.03)


def test_one_repeat_has_no_interval():
    assert math.isnan(mean_score([0.8]).interval.low)
    assert math.isnan(mean_difference([0.8], [0.7]).p_value)


def test_repeats_that_never_vary_differ_exactly():
    difference = mean_difference([0.8] * 3, [0.7] * 3)
    assert difference.interval.low == pytest.approx(0.1)
    assert difference.interval.high == pytest.approx(0.1)
    assert mean_difference([0.8] * 3, [0.8] * 3).p_value == 1.0
