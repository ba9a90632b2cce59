"""What is wrong only where the trials run: each ends in a message, and nothing is lost.

What is wrong in the file or on the command line is in `test_run`, what a trial does to itself in
`execution/test_trial_outcomes`, disks and deaths in `execution/test_faults`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.store import RunStore

DATA_SET = """
name: eyes
files: S(?P<subject>\\d+)_(?P<label>open|closed)\\.edf
classes: [open, closed]
window_seconds: 2
test_subjects_share: 0.3
"""


def linear_probe(data: Path) -> dict[str, Any]:
    # Through `env`, so that nothing is imported which these trials do not come to use.
    command = ["env", "trial-runner", "linear_probe", f"--data={data}"]
    command.append("--dropout_rate=${trialParameters.x}")
    space = {"min": "0", "max": "0.5"}
    parameters = [{"name": "x", "parameterType": "double", "feasibleSpace": space}]
    return {"command": command, "maxTrialCount": 1, "parameters": parameters}


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file or folder"), (b"no recording at all" * 99, "S0_closed.edf")],
    ids=["a data path that does not exist", "a corrupt EDF"],
)
def test_data_that_cannot_be_read(
    eegtune: Any, write: Any, tmp_path: Path, content: bytes | None, message: str
) -> None:
    data = tmp_path / "recordings"
    if content is not None:
        data.mkdir()
        (data / "dataset.yaml").write_text(DATA_SET)
        for subject in range(6):
            for label in ("open", "closed"):
                (data / f"S{subject}_{label}.edf").write_bytes(content)
    code, output, errors = eegtune("run", write(**linear_probe(data)), "--no-report")
    assert code == 1, errors
    assert "No trial succeeded" in output
    assert message in output
    with RunStore.open("runs/tried") as store:
        assert [str(trial.condition) for trial in store.trials()] == ["Failed"]


def test_a_report_that_cannot_be_written_spoils_no_run(
    eegtune: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("eegtune.report.write_report", fail)
    code, output, errors = eegtune("run", write())
    assert code == 0
    assert "the report could not be written (database or disk is full)" in errors
    assert "`eegtune report runs/tried` tries again" in errors
    assert "Best: loss" in output


def test_a_damaged_database_is_said(eegtune: Any, write: Any) -> None:
    file = write()
    assert eegtune("run", file, "--no-report", "--quiet")[0] == 0
    database = Path("runs/tried/run.db")
    Path("runs/tried/run.db-wal").unlink(missing_ok=True)
    content = bytearray(database.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    database.write_bytes(content)
    for words in (["run", file], ["status", "tried"], ["trials", "tried"], ["best", "tried"]):
        code, _, errors = eegtune(*words)
        assert code in (1, 2), words
        assert errors.startswith("eegtune: ")
        assert "malformed" in errors or "cannot be read" in errors
