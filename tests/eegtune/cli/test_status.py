from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_status_of_a_run(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    code, output, _ = eegtune("status", "runs/tried")
    assert code == 0
    assert "tried: Succeeded, 3 trials are done; maxTrialCount is 3" in output
    assert "Trials: 3 of 3 (3 Succeeded)" in output
    assert "Best: loss" in output
    code, output, _ = eegtune("status", "tried", "--format", "json")
    status = json.loads(output)
    assert (status["name"], status["status"], status["reason"], status["alive"]) == (
        "tried", "Succeeded", "ExperimentMaxTrialsReached", False,
    )  # fmt: skip
    assert status["trials"] == {"Succeeded": 3}
    assert status["best"]["metrics"]["loss"] == float(status["best"]["parameters"]["x"])


def test_status_where_there_is_no_run(eegtune: Any, tmp_path: Path) -> None:
    assert eegtune("status", tmp_path)[0] == 2
    code, output, errors = eegtune("status", tmp_path / "nothing")
    assert (code, output) == (2, "")
    assert "there is no such folder" in errors
