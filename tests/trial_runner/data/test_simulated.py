from __future__ import annotations

import pytest

from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.errors import UsageError
from trial_runner.simulation import CohortPlan, NightPlan


def test_a_plan_is_written_as_an_argument() -> None:
    assert parse_plan("simulation", NightPlan) == NightPlan()
    assert parse_plan("simulation:subjects=3,hours=1.5,seed=2", NightPlan) == NightPlan(
        subjects=3, hours=1.5, seed=2
    )
    assert parse_plan("simulation:labels=subject", CohortPlan) == CohortPlan(labels="subject")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("simulation:subject=3", "did you mean subjects"),
        ("simulation:subjects", "write name=value"),
        ("simulation:subjects=many", "subjects is 'many'; expected a whole number"),
        ("simulation:hours=long", "hours is 'long'; expected a number"),
    ],
)
def test_mistakes_are_named(data: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_plan(data, NightPlan)


def test_words_are_checked() -> None:
    with pytest.raises(UsageError, match="labels is 'person'; allowed is one of window, subject"):
        parse_plan("simulation:labels=person", CohortPlan)


def test_files_are_no_simulations() -> None:
    assert not is_simulated("simulation.npz")
