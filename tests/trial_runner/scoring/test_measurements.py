from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trial_runner.scoring.measurements import (
    Measurements,
    load_measurements,
    measured_difference,
    measured_score,
    write_measurements,
)
from trial_runner.scoring.predictions import PredictionsError


def _measured(values: np.ndarray, metric: str = "loss") -> Measurements:
    return Measurements(metric, values, tuple(f"S{n}" for n in range(values.shape[1])))


def test_recordings_of_a_subject_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    write_measurements(path, "loss", np.array([[1.0, 5.0, 3.0]]), ["b", "a", "b"])
    found = load_measurements(path)
    assert (found.metric, found.subjects, found.values.tolist()) == ("loss", ("a", "b"), [[5, 2]])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"metric": "loss", "values": np.ones((1, 3)), "subjects": ["a", "b"]}, "do not fit"),
        ({"metric": "loss", "values": [[np.inf]], "subjects": ["a"]}, "not finite"),
        ({"metric": "loss"}, "cannot be read"),
    ],
)
def test_contradictions_are_named(tmp_path: Path, fields: dict, message: str) -> None:
    np.savez(tmp_path / "m.npz", **fields)
    with pytest.raises(PredictionsError, match=message):
        load_measurements(tmp_path / "m.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r"m\.npz cannot be read"):
        load_measurements(tmp_path / "m.npz")


def test_the_interval_of_many_subjects_is_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(4, 1, (1, 400))
    interval = measured_score(_measured(values), resamples=20_000).interval
    assert interval.value == pytest.approx(values.mean())
    expected = stats.norm.interval(0.95, values.mean(), values.std() / 20)
    assert (interval.low, interval.high) == pytest.approx(expected, abs=0.01)


def test_p_is_scipys_paired_permutation_test() -> None:
    rng = np.random.default_rng(1)
    default = rng.normal(4, 1, (1, 9))
    tuned = default - rng.normal(0.1, 0.2, (1, 9))
    found = measured_difference(_measured(tuned), _measured(default))
    expected = stats.permutation_test(
        (tuned[0], default[0]), lambda a, b: np.mean(a - b), permutation_type="samples",
        n_resamples=np.inf,
    )  # fmt: skip
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.interval.value == pytest.approx((tuned - default).mean())


def test_the_difference_is_paired() -> None:
    rng = np.random.default_rng(2)
    default = rng.normal(4, 3, (1, 20))  # subjects differ far more than configurations
    tuned = default + rng.normal(-0.1, 0.1, (1, 20))
    found = measured_difference(_measured(tuned), _measured(default)).interval
    wide = measured_score(_measured(default)).interval
    assert found.low < -0.1 < found.high < 0
    assert found.high - found.low < 0.1 * (wide.high - wide.low)


def test_other_subjects_are_refused() -> None:
    with pytest.raises(PredictionsError, match="not about the same subjects"):
        measured_difference(_measured(np.ones((1, 3))), _measured(np.ones((1, 2))))


def test_the_seeds_spread_is_told() -> None:
    assert measured_score(_measured(np.array([[1.0, 2.0], [3.0, 4.0]]))).seed_std == pytest.approx(
        np.std([1.5, 3.5], ddof=1)
    )
