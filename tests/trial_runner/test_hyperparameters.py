from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial_runner.components import component_names, get_component
from trial_runner.hyperparameters import Hyperparameter, double, format_value, integer

ALL = [h for name in component_names() for h in get_component(name).hyperparameters]


@pytest.mark.parametrize("hyperparameter", ALL, ids=lambda h: h.name)
def test_every_default_and_choice_is_accepted_as_written(hyperparameter: Hyperparameter) -> None:
    for value in (hyperparameter.default, *hyperparameter.choices):
        parsed = hyperparameter.parse(format_value(value))
        assert parsed == value
        assert type(parsed) is type(value)


@pytest.mark.parametrize("hyperparameter", ALL, ids=lambda h: h.name)
def test_the_searched_range_lies_within_what_is_accepted(hyperparameter: Hyperparameter) -> None:
    low, high = hyperparameter.limits
    for bound in (hyperparameter.low, hyperparameter.high):
        assert bound is None or low <= bound <= high
    assert hyperparameter.low is None or not hyperparameter.log or hyperparameter.low > 0


@given(st.floats(1e-5, 1e-2))
def test_a_number_survives_writing_and_reading(value: float) -> None:
    assert double("x", 1e-3, 1e-5, 1e-2, "").parse(format_value(value)) == value


@pytest.mark.parametrize("text", ["16", "16.0", "1.6e1"])
def test_a_whole_number_may_be_written_as_a_real_one(text: str) -> None:
    assert integer("x", 1, 0, 100, "").parse(text) == 16


@pytest.mark.parametrize("text", ["", "inf", "1,5", "0x10", "101"])
def test_what_is_no_number_in_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"--x is '{text}'"):
        integer("x", 1, 0, 100, "").parse(text)
