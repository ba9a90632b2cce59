from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.sleep.classifiers import TreeSettings, fit_predict

RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 2, 4], 40)
FEATURES = (LABELS[:, None] + 0.3 * RNG.standard_normal((120, 3))).astype(np.float32)


def _settings(kind: str) -> TreeSettings:
    return TreeSettings(kind, 20, 3, 0.3, 1.0, 0.0, 0.8, 0.8, 0.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "package"), [("lgb", "lightgbm"), ("rf", "sklearn"), ("xgb", "xgboost")]
)
def test_each_kind_learns_and_repeats(kind: str, package: str) -> None:
    pytest.importorskip(package)
    first, second = (
        fit_predict(_settings(kind), FEATURES, LABELS, FEATURES, 5, seed=3) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first.sum(axis=1), 1.0, rtol=1e-5)
    assert (first[:, [1, 3]] == 0).all()  # classes without training rows
    assert (first.argmax(axis=1) == LABELS).mean() > 0.9


def test_one_class_needs_no_trees() -> None:
    probabilities = fit_predict(_settings("lgb"), FEATURES[:40], LABELS[:40], FEATURES, 5, 0)
    assert (probabilities[:, 0] == 1).all()
