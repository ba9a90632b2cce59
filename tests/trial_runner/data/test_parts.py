from __future__ import annotations

import pytest

from trial_runner.data.parts import subjects_of
from trial_runner.errors import DataError

NAMES = [f"S{index:03d}" for index in range(10)]


def test_every_subject_is_in_one_part() -> None:
    test, development = subjects_of("test", NAMES), subjects_of("development", NAMES)
    assert len(test) == 3
    assert sorted(test + development) == NAMES


def test_the_order_of_names_does_not_matter() -> None:
    assert subjects_of("test", NAMES[::-1]) == subjects_of("test", NAMES)


def test_one_subject_cannot_be_split() -> None:
    with pytest.raises(DataError, match="1 subject"):
        subjects_of("test", ["S1", "S1"])
