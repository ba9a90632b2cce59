from __future__ import annotations

import math

import pytest
from scipy import stats

from eegtune.report.comparison import RunSummary, contrasts, permutation_p


def run(group: str, best: float | None, metric: str = "auroc") -> RunSummary:
    return RunSummary(f"runs/{group}", group, metric, "maximize", 9, 1.0, best, best)


def test_the_permutation_test_is_scipys() -> None:
    one, other = [0.9, 0.91, 0.93, 0.95], [0.88, 0.9, 0.89, 0.92, 0.87]
    expected = stats.permutation_test(
        (one, other), lambda a, b: a.mean() - b.mean() if a.ndim == 1 else a.mean(-1) - b.mean(-1),
        n_resamples=math.inf, vectorized=False,
    ).pvalue  # fmt: skip
    assert permutation_p(one, other) == pytest.approx(expected, abs=0.02)


def test_a_clear_difference_is_told() -> None:
    runs = [run("tpe", 0.9 + i / 1000) for i in range(5)]
    runs += [run("random", 0.8 + i / 1000) for i in range(5)]
    (found,) = contrasts(runs)
    assert found.text.startswith("tpe is better")
    assert found.low > 0.09
    assert found.p_value < 0.01


def test_one_run_of_each_says_nothing() -> None:
    (found,) = contrasts([run("tpe", 0.9), run("random", 0.1)])
    assert "says nothing about the algorithms" in found.text
    assert math.isnan(found.p_value)


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([run("a", 1.0), run("b", 1.0, "kappa")], "different objectives"),
        ([run("a", 1.0), run("b", None)], "no trial has a result yet"),
    ],
)
def test_what_does_not_compare_is_refused(runs: list[RunSummary], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contrasts(runs)
