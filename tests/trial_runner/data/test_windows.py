from __future__ import annotations

import numpy as np
import pytest

from trial_runner.data.windows import Targets, Windows, check_windows
from trial_runner.errors import DataError


def _windows(labels: list[int], subjects: list[str]) -> Windows:
    count = len(labels)
    blocks = np.array([f"b{i}" for i in range(count)])
    targets = Targets(np.array(labels), np.array(subjects), blocks, ("rest", "task"))
    return Windows(np.ones((count, 2, 8), np.float32), targets, 64.0, ("Fz", "Cz"))


def test_groups_are_subjects_where_there_are_several() -> None:
    several = _windows([0, 1, 0], ["s1", "s1", "s2"]).targets
    assert (several.unit, several.subject_count) == ("subject", 2)
    assert several.groups.tolist() == ["s1", "s1", "s2"]
    one = _windows([0, 1, 0], ["s1"] * 3).targets
    assert (one.unit, one.subject_count) == ("trial", 1)
    assert one.groups.tolist() == ["b0", "b1", "b2"]


def test_good_windows_pass() -> None:
    windows = _windows([0, 1], ["s1", "s2"])
    assert check_windows(windows, "x") is windows


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_first_value_that_is_not_finite_is_named(value: float) -> None:
    windows = _windows([0, 1, 0], ["s"] * 3)
    windows.signal[1, 1, 5] = value
    windows.signal[2, 0, 0] = value
    with pytest.raises(DataError, match=r"x: window 1 .* channel Cz \(2 windows"):
        check_windows(windows, "x")


def test_one_class_or_nothing_at_all() -> None:
    with pytest.raises(DataError, match="x has nothing of class rest, only task; all classes"):
        check_windows(_windows([1, 1], ["a", "b"]), "x")
    with pytest.raises(DataError, match="x has no window"):
        check_windows(_windows([], []), "x")
