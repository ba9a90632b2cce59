from __future__ import annotations

import json
from typing import Any

SCRIPT = "import sys; print('loss=1'); print('a warning', file=sys.stderr)"


def test_logs_of_a_trial(eegtune: Any, write: Any) -> None:
    eegtune("run", write(SCRIPT), "--no-report", "--quiet")
    names = [row["name"] for row in json.loads(eegtune("trials", "tried", "--format", "json")[1])]
    assert eegtune("logs", "tried", names[0]) == (0, "loss=1\na warning\n", "")
    assert eegtune("logs", "tried", names[0].split("-")[-1], "--stream", "stderr")[1] == (
        "a warning\n"
    )
    row = json.loads(eegtune("logs", "tried", "--format", "json")[1])
    assert row == {
        "trial": names[-1], "stdout": "loss=1\n", "stderr": "a warning\n", "message": "",
    }  # fmt: skip
    code, _, errors = eegtune("logs", "tried", "nope")
    assert code == 2
    assert "there is no trial 'nope'" in errors
