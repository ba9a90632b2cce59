from __future__ import annotations

import json
from typing import Any


def test_best_of_a_run(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    _, listed, _ = eegtune("trials", "tried", "--format", "json")
    rows = sorted(json.loads(listed), key=lambda row: row["metrics"]["loss"])
    assert json.loads(eegtune("best", "tried", "--format", "json")[1]) == rows[0]
    assert json.loads(eegtune("best", "tried", "--n", 2, "--format", "json")[1]) == rows[:2]
    code, output, _ = eegtune("best", "tried")
    assert code == 0
    assert output.splitlines()[0].endswith(f"by {rows[0]['name']}")
    table = eegtune("best", "tried", "--n", 2)[1]
    places = [table.find(row["name"].removeprefix("tried-")) for row in rows]
    assert 0 < places[0] < places[1]
    assert places[2] == -1


def test_without_a_result_there_is_no_best(eegtune: Any, write: Any) -> None:
    eegtune("run", write("pass"), "--no-report", "--quiet")
    code, _, errors = eegtune("best", "tried")
    assert code == 1
    assert "no trial has a result yet" in errors
