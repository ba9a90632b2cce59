from __future__ import annotations

import pytest

from eegtune.execution.filters import parse_filter, select
from eegtune.execution.records import TrialRecord
from eegtune.spec.trial import Trial, TrialCondition

RECORD = TrialRecord(
    Trial(
        "probe-abc", {"lr": "1e-3", "optimizer": "adamw"}, TrialCondition.SUCCEEDED, {"auc": 0.9}
    ),
    0,
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("status=Succeeded", True),
        ("status = Failed", False),
        ("status!=Failed", True),
        ("name==probe-abc", True),
        ("auc>0.8", True),
        ("auc >= 0.9", True),
        ("auc<0.9", False),
        ("auc=0.90", True),
        ("lr<1e-2", True),
        ("lr=0.001", True),
        ("optimizer=adamw", True),
        ("optimizer!=adamw", False),
        ("optimizer>1", False),
        ("nothing=1", False),
        ("nothing!=1", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert parse_filter(text)(RECORD) == holds


def test_all_conditions_must_hold() -> None:
    assert select([RECORD], ["auc>0.8", "lr<1"]) == [RECORD]
    assert select([RECORD], ["auc>0.8", "lr>1"]) == []


@pytest.mark.parametrize("text", ["auc", "", "=1", "auc ~ 1"])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ValueError, match="expected NAME"):
        parse_filter(text)
