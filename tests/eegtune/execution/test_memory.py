"""Memory limits of templates, with processes that really use memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegtune.execution import memory, times
from eegtune.execution.events import Ended, Execution
from eegtune.execution.outcome import outcome_of
from eegtune.execution.records import TrialRecord
from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.metrics.observation import Observation
from eegtune.spec.trial import Trial, TrialCondition

MIB = 2**20
LIMIT = {"resources": {"limits": {"memory": "200Mi"}}}

pytestmark = pytest.mark.skipif(
    not memory.can_be_watched(), reason="this system does not tell the memory of processes"
)


def only_trial(experiment: Any, folder: Path) -> TrialRecord:
    run_experiment(experiment, folder)
    with RunStore.open(folder) as store:
        (trial,) = store.trials()
    return trial


def test_a_trial_beyond_its_limit_is_killed_and_says_why(
    make_experiment: Any, tmp_path: Path
) -> None:
    script = """
        import time
        print("loss=1", flush=True)
        kept = bytearray(400 * 2**20)  # zeroed, so really used
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(60)
    """
    trial = only_trial(make_experiment(script, maxTrialCount=1, container=LIMIT), tmp_path)
    assert str(trial.condition) == "Failed"
    assert trial.message.startswith("out of memory (OOMKilled): it used ")
    assert "its limit is 200 MiB" in trial.message


def test_children_count_too(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import subprocess, sys, time
        use = "import time; kept = b'x' * (150 * 2**20); time.sleep(60)"
        children = [subprocess.Popen([sys.executable, "-c", use]) for _ in range(2)]
        print("loss=1", flush=True)
        time.sleep(60)
    """
    trial = only_trial(make_experiment(script, maxTrialCount=1, container=LIMIT), tmp_path)
    assert "out of memory" in trial.message


def test_addresses_that_are_not_used_do_not_count(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import mmap, time
        reserved = mmap.mmap(-1, 8 * 2**30)  # as torch and CUDA do
        time.sleep(0.6)
        print("loss=1")
    """
    trial = only_trial(make_experiment(script, maxTrialCount=1, container=LIMIT), tmp_path)
    assert str(trial.condition) == "Succeeded"


def test_a_request_is_no_limit(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import time
        kept = b"x" * (100 * 2**20)
        time.sleep(0.6)
        print("loss=1")
    """
    container = {"resources": {"requests": {"memory": "10Mi"}}}
    trial = only_trial(make_experiment(script, maxTrialCount=1, container=container), tmp_path)
    assert str(trial.condition) == "Succeeded"


def test_the_systems_own_kills_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (tmp_path / "vmstat", tmp_path / "events", tmp_path / "absent")
    files[0].write_text("pgfault 9\noom_kill 3\n")
    files[1].write_text("low 0\noom 4\noom_kill 2\n")
    monkeypatch.setattr(memory, "_OOM_COUNTS", files)
    assert memory.out_of_memory_kills() == 5
    assert memory.likely_cause_of_kill(5) == ""
    assert memory.likely_cause_of_kill(4).startswith("most likely out of memory")


def test_an_ending_names_its_cause(make_experiment: Any) -> None:
    trial = TrialRecord(Trial("a", {}, TrialCondition.RUNNING), 0, 1)
    ended = Ended(Execution("a", 1), signal=9, message="epoch=1", cause="out of memory")
    nothing = Observation(make_experiment().spec.objective)
    failed = outcome_of(trial, ended, nothing, None, "", times.now())
    assert failed.message == "out of memory, killed by signal 9 (SIGKILL): epoch=1"
