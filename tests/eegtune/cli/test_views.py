"""ls, rm, diff, and the options of trials, status and logs that go beyond a look."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EEGTUNE = str(Path(sys.executable).with_name("eegtune"))


def names(eegtune: Any) -> list[str]:
    return [row["name"] for row in json.loads(eegtune("trials", "tried", "--format", "json")[1])]


def test_ls_and_rm(eegtune: Any, write: Any) -> None:
    for folder in ("one", "two"):
        eegtune("run", write(), "--no-report", "--quiet", "--dir", f"runs/{folder}")
    rows = json.loads(eegtune("ls", "--format", "json")[1])
    assert [(row["folder"], row["status"]) for row in rows] == [
        ("runs/one", "Succeeded"), ("runs/two", "Succeeded"),
    ]  # fmt: skip
    text = eegtune("ls")[1]
    assert "runs/one" in text
    assert "Succeeded" in text
    assert "…" not in text
    assert eegtune("rm", "one", "--yes")[1] == "runs/one is deleted\n"
    assert "runs/two" in eegtune("ls")[1]
    assert not Path("runs/one").exists()
    assert eegtune("rm", "one", "--yes")[0] == 2


def test_rm_refuses_what_is_no_run_or_is_running(eegtune: Any, write: Any) -> None:
    from eegtune.execution.lock import RunLock

    Path("data").mkdir()
    assert eegtune("rm", "data", "--yes")[0] == 2
    assert Path("data").exists()
    eegtune("run", write(), "--no-report", "--quiet")
    with RunLock(Path("runs/tried/run.lock")):
        code, _, errors = eegtune("rm", "tried", "--yes")
    assert code == 2
    assert "is running this Experiment" in errors


def test_diff(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    one, other, _ = names(eegtune)
    rows = json.loads(eegtune("diff", "tried", one, other, "--format", "json")[1])
    assert [row["name"] for row in rows] == ["x", "loss"]
    assert eegtune("diff", "tried", one, one)[1].splitlines() == [f"  {one}  {one}"]
    lines = eegtune("diff", "tried", one, other)[1].splitlines()
    assert lines[0].split() == [one, other]
    assert [line.split()[0] for line in lines[1:]] == ["x", "loss"]
    assert len({line.index(line.split()[-1]) for line in lines}) == 1  # the columns are aligned
    assert eegtune("diff", "tried", one, "none")[0] == 2


def test_filter_and_parquet(eegtune: Any, write: Any) -> None:
    from pyarrow import parquet

    eegtune("run", write(), "--no-report", "--quiet")
    rows = json.loads(eegtune("trials", "tried", "--format", "json")[1])
    values = sorted(row["metrics"]["loss"] for row in rows)
    words = ["trials", "tried", "--filter", f"loss<={values[1]}"]
    assert len(json.loads(eegtune(*words, "--format", "json")[1])) == 2
    code, output, _ = eegtune(*words, "--format", "parquet", "--output", "t.parquet")
    assert (code, output) == (0, "2 trials are in t.parquet\n")
    assert sorted(parquet.read_table("t.parquet")["loss"].to_pylist()) == values[:2]
    assert eegtune("trials", "tried", "--format", "parquet")[0] == 2
    assert eegtune("trials", "tried", "--filter", "loss")[0] == 2


@pytest.mark.parametrize("words", [["status", "tried", "--watch"], ["logs", "tried", "-f"]])
def test_following_a_run_ends_with_it(eegtune: Any, write: Any, words: list[str]) -> None:
    script = "import sys, time; time.sleep(1); print('loss=' + sys.argv[1])"
    file = write(script, maxTrialCount=2)
    run = subprocess.Popen([EEGTUNE, "run", str(file), "--no-report", "--quiet"])
    try:
        while not list(Path("runs").glob("tried/trials/*/stdout.log")):
            assert run.poll() is None
        code, output, _ = eegtune(*words)
    finally:
        run.wait()
    assert code == 0
    assert "loss" in output
