from __future__ import annotations

import json
from typing import Any

import pytest


def test_a_run_is_changed_and_goes_on(eegtune: Any, write: Any) -> None:
    file = write(maxTrialCount=2)
    eegtune("run", file, "--no-report", "--quiet")
    assert eegtune("scale", "tried", "--max-trials", 4)[1] == (
        "at once 1, in all 4, failed at most any number\n"
    )
    code, output, _ = eegtune("enqueue", "tried", "--set", "x=0.25")
    assert code == 0
    assert output.endswith(": x=0.25\n")
    assert eegtune("pause", "tried")[0] == 0
    assert "give `eegtune run` again" in eegtune("resume", "tried")[1]
    assert eegtune("run", file, "--no-report", "--quiet")[0] == 0
    rows = json.loads(eegtune("trials", "tried", "--format", "json")[1])
    assert len(rows) == 4
    assert rows[2]["metrics"] == {"loss": 0.25}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scale", "tried"], "give --parallel"),
        (["scale", "tried", "--max-trials", "1"], "3 trials were made already"),
        (["enqueue", "tried", "--set", "x"], "expected NAME=VALUE"),
        (["enqueue", "tried", "--set", "x=7"], "allowed is a number from 0 to 1"),
        (["enqueue", "nowhere", "--set", "x=7"], "there is no such folder"),
        (["pause", "nowhere"], "there is no such folder"),
    ],
)
def test_wrong_changes(eegtune: Any, write: Any, words: list[str], message: str) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    code, _, errors = eegtune(*words)
    assert code == 2
    assert message in errors
