from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.sleep.context import (
    Windows,
    relative_to_night,
    signed_log,
    with_context,
)

RAMP = np.arange(9.0)[:, None]


def test_windows_look_where_they_say() -> None:
    table = with_context(RAMP, Windows(neighbours=2, centred=1, long=1), is_normalised=False)
    own, past, future, centred, even, hours = table.T
    np.testing.assert_allclose(own, RAMP[:, 0])
    assert past[4] == pytest.approx(2.5)  # of epochs 2 and 3
    assert future[4] == pytest.approx(5.5)
    assert centred[4] == even[4] == pytest.approx(4.0)
    np.testing.assert_allclose(hours, np.arange(9) / 120, rtol=1e-6)


def test_ends_are_repeated() -> None:
    table = with_context(RAMP, Windows(2, 0, 0), is_normalised=False)
    assert table[0, 1] == 0.0
    assert table[8, 2] == 8.0


def test_zero_leaves_a_window_out() -> None:
    assert with_context(RAMP, Windows(0, 0, 0), is_normalised=False).shape == (9, 2)
    assert with_context(RAMP, Windows(0, 0, 0), is_normalised=True).shape == (9, 3)


def test_relative_values_do_not_depend_on_gain_and_offset() -> None:
    values = np.random.default_rng(0).standard_normal((100, 3))
    np.testing.assert_allclose(relative_to_night(7 * values + 3), relative_to_night(values))
    assert np.median(relative_to_night(values)) == pytest.approx(0.0, abs=0.05)


def test_a_flat_feature_is_zero() -> None:
    assert (relative_to_night(np.full((10, 1), 5.0)) == 0).all()


def test_signed_log() -> None:
    np.testing.assert_allclose(signed_log(np.array([-np.e + 1, 0.0, np.e - 1])), [-1.0, 0.0, 1.0])
