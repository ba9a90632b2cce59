from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.autoreject.loss import loss_at, reconstruction_losses
from trial_runner.components.autoreject.repair import Splines, repairs, worst_channels
from trial_runner.simulation.montage import positions

RNG = np.random.default_rng(1)
SIGNAL = RNG.standard_normal((12, 19, 20))
BAD = RNG.random((12, 19)) < 0.15
SPLINES = Splines(positions())


def _naive(n_interpolate: int, consensus: float, folds: int = 3) -> float:
    repaired = SIGNAL.copy()
    for repair in repairs(
        SIGNAL, worst_channels(BAD, np.ptp(SIGNAL, axis=2), n_interpolate), SPLINES
    ):
        repaired[repair.epochs] = repair.signal
    good = BAD.sum(axis=1) < consensus * 19
    losses = []
    for test in np.array_split(np.arange(12), folds):
        training = np.setdiff1d(np.flatnonzero(good), test)
        if not len(training):
            return float("inf")
        difference = np.median(SIGNAL[test], axis=0) - repaired[training].mean(axis=0)
        losses.append(np.sqrt((difference**2).mean()))
    return float(np.mean(losses))


@pytest.mark.parametrize("n_interpolate", [0, 1, 3])
@pytest.mark.parametrize("consensus", [0.17, 0.2, 4 / 19, 0.5, 1.0])
def test_the_table_is_one_configuration_after_another(
    n_interpolate: int, consensus: float
) -> None:
    table = reconstruction_losses(SIGNAL, BAD, SPLINES, 3, [0, 1, 3])
    row = table[[0, 1, 3].index(n_interpolate)]
    assert loss_at(row, n_interpolate, consensus) == pytest.approx(
        _naive(n_interpolate, consensus)
    )


def test_more_repairs_than_the_consensus_allows_have_no_loss() -> None:
    assert loss_at(np.ones(20), 4, 0.2) == float("inf")
    assert loss_at(np.ones(20), 4, 0.22) == 1.0


def test_a_fold_without_an_accepted_epoch_has_no_loss() -> None:
    bad = np.ones((6, 19), bool)
    table = reconstruction_losses(SIGNAL[:6], bad & (np.arange(19) < 10), SPLINES, 3, [1])
    assert np.isinf(table[0, :10]).all()
    assert np.isfinite(table[0, 10:]).all()


def test_fewer_epochs_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="2 epochs cannot be split into 3 folds"):
        reconstruction_losses(SIGNAL[:2], BAD[:2], SPLINES, 3, [1])


def test_a_smooth_field_is_repaired_exactly_enough() -> None:
    field = positions()[:, [2]] * np.ones(20)
    replace = np.zeros((1, 19), bool)
    replace[0, 9] = True
    repaired = next(repairs(field[None], replace, SPLINES)).signal[0]
    np.testing.assert_allclose(repaired[9], field[9], atol=0.1)
    np.testing.assert_array_equal(np.delete(repaired, 9, 0), np.delete(field, 9, 0))
