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


def test_a_lucky_trial_wins_nothing(eegtune: Any, write: Any) -> None:
    """The ending, `status` and `best` agree; x=0.2 was .1 once, and bad in all other trials."""
    script = (
        "import pathlib, sys; tried = pathlib.Path('tried-before'); x = sys.argv[1]; "
        "loss = float(x) if x != '0.2' else .9 if tried.exists() else .1; "
        "tried.touch(); print(f'loss={loss}')"
    )
    points = [{"x": 0.2}, {"x": 0.4}, {"x": 0.6}]
    algorithm = {
        "algorithmName": "manual",
        "algorithmSettings": [{"name": "initial_points", "value": json.dumps(points)}],
    }
    experiment = write(script, algorithm=algorithm)
    eegtune("run", experiment, "--no-report", "--quiet")
    for _ in range(2):
        assert eegtune("enqueue", "tried", "--set", "x=0.2")[0] == 0
    assert eegtune("scale", "tried", "--max-trials", 5)[0] == 0
    _, ending, _ = eegtune("run", experiment, "--no-report")
    chosen = json.loads(eegtune("best", "tried", "--format", "json")[1])
    assert chosen["parameters"] == {"x": "0.4"}
    assert json.loads(eegtune("status", "tried", "--format", "json")[1])["best"] == chosen
    for text in (ending, eegtune("status", "tried")[1]):
        assert f"by {chosen['name']}" in text
    assert "which may be luck" in ending


def test_the_best_of_those_that_keep_limits(eegtune: Any, write: Any, tmp_path: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    rows = json.loads(eegtune("trials", "tried", "--format", "json")[1])
    losses = sorted(row["metrics"]["loss"] for row in rows)
    wanted = f"loss > {losses[0]!r}"
    code, output, _ = eegtune("best", "tried", "--prefer", wanted, "-o", tmp_path / "mine.yaml")
    assert code == 0
    (chosen,) = (row for row in rows if row["metrics"]["loss"] == losses[1])
    assert output.splitlines()[0].endswith(f"by {chosen['name']}")
    assert f"trial: {chosen['name']}" in (tmp_path / "mine.yaml").read_text()
    found = eegtune("best", "tried", "--prefer", wanted, "--format", "json")[1]
    assert json.loads(found) == chosen
    code, _, errors = eegtune("best", "tried", "--prefer", "loss < -1")
    assert code == 2
    assert "no configuration has loss < -1; the nearest has loss" in errors
    assert eegtune("best", "tried", "--prefer", "los < 1")[0] == 2
