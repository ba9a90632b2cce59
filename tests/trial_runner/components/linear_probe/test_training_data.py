from __future__ import annotations

import numpy as np

from trial_runner.components.linear_probe.training_data import standardise


def test_standardising_looks_at_training_rows_only() -> None:
    features = np.random.default_rng(0).normal(5, 3, (1, 20, 2)).astype(np.float32)
    features[0, :, 1] = 4.0  # constant: left at zero, not divided by zero
    features[0, 19, 0] = 1e6
    result = standardise(features, [np.arange(10)])
    np.testing.assert_allclose(result[0, :10, 0].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(result[0, :10, 0].std(), 1, atol=1e-5)
    assert (result[0, :, 1] == 0).all()
    assert result[0, 19, 0] == 10.0


def test_slow_potentials_in_volts_are_not_taken_for_constant() -> None:
    features = np.random.default_rng(0).normal(0, 1e-7, (1, 50, 3)).astype(np.float32)
    result = standardise(features, [np.arange(50)])
    np.testing.assert_allclose(result.std(axis=1), 1, atol=1e-4)
