from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import os, sys
from trial_runner.training.checkpoint_place import open_place
place, trial = open_place(os.environ["CHECKPOINTS"]), os.environ["KATIB_TRIAL_NAME"]
series = "probe-" + format(abs(hash(trial)), "x").zfill(64)
place.write(series + "/00000001-0123456789abcdef.pt", b"state")
place.write("trials/" + trial, series.encode())
print("loss=" + sys.argv[1])
"""


@pytest.mark.parametrize(("policy", "left"), [("Never", 1), ("LongRunning", 3)])
def test_a_run_that_is_done_keeps_what_it_needs(
    eegtune: Any, write: Any, policy: str, left: int
) -> None:
    code, output, _ = eegtune("run", write(SCRIPT, resumePolicy=policy), "--no-report")
    assert code == 0
    said = "Checkpoints: the best trial's is kept, 2 others are deleted"
    assert (said in output) == (left == 1)
    assert len(list(Path("runs/tried/checkpoints/trials").iterdir())) == left
    assert len(list(Path("runs/tried/checkpoints").iterdir())) == left + 1
    assert eegtune("rm", "tried", "--yes")[0] == 0


def test_a_run_with_checkpoints_out_of_reach_is_not_deleted(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    database = sqlite3.connect("runs/tried/run.db")
    (stored,) = database.execute("SELECT experiment FROM run").fetchone()
    document = json.loads(stored)
    pod = document["spec"]["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]
    pod["containers"][0]["env"] = [{"name": "CHECKPOINTS", "value": "gs://lab/x"}]
    with database:
        database.execute("UPDATE run SET experiment = ?", (json.dumps(document),))
    database.close()
    code, _, errors = eegtune("rm", "tried", "--yes")
    assert code == 1
    assert "checkpoints in gs://lab/x are left" in errors
    assert "runs/tried is kept" in errors
    assert Path("runs/tried/run.db").exists()
