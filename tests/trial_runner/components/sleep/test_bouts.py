from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial_runner.components.sleep.bouts import enforce_bouts

SHORTEST = (1, 1, 2, 2, 3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0012222", "0012222"),  # one epoch of N1 is allowed
        ("2224222", "2222222"),  # one of REM is not
        ("2223444", "2222444"),  # of neighbours alike in length, the earlier
        ("222344", "222222"),  # REM of two is also too short once N3 is gone
        ("4400000", "0000000"),
        ("0000044", "0000000"),
        ("44", "44"),  # nothing to give it to
        ("3", "3"),
    ],
)
def test_rules(before: str, after: str) -> None:
    stages = np.array(list(before), np.int64)
    assert "".join(map(str, enforce_bouts(stages, SHORTEST))) == after


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_no_short_bout_remains_and_long_ones_stay(stages: list[int]) -> None:
    line = np.array(stages, np.int64)
    result = enforce_bouts(line, SHORTEST)
    assert len(result) == len(line)
    starts = np.flatnonzero(np.r_[True, np.diff(result) != 0])
    lengths = np.diff(np.r_[starts, len(result)])
    if len(starts) > 1:
        assert all(
            length >= SHORTEST[result[start]]
            for start, length in zip(starts, lengths, strict=True)
        )
    np.testing.assert_array_equal(enforce_bouts(result, SHORTEST), result)
    assert set(result) <= set(line)


def test_rules_of_one_epoch_change_nothing() -> None:
    stages = np.random.default_rng(0).integers(0, 5, 200)
    np.testing.assert_array_equal(enforce_bouts(stages, (1,) * 5), stages)
