from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.machine import GpuPool, Machine
from eegtune.execution.pod import Resources
from eegtune.execution.run import RunOptions, run_experiment
from eegtune.execution.store import RunStore

GIB = 2**30
MACHINE = Machine(8, 16 * GIB, ("0", "1", "2"))


@pytest.mark.parametrize(
    ("asked", "fit"),
    [
        (Resources(cpu_cores=2), 4),
        (Resources(cpu_cores=0.5), 16),
        (Resources(cpu_cores=3, memory_bytes=GIB), 2),
        (Resources(memory_bytes=6 * GIB), 2),
        (Resources(gpus=1), 3),
        (Resources(gpus=2), 1),
        (Resources(cpu_cores=100), 1),
        (Resources(gpus=4), 1),
    ],
)
def test_how_many_trials_fit(asked: Resources, fit: int) -> None:
    assert MACHINE.trials_at_once(asked) == fit


def test_what_a_machine_lacks() -> None:
    assert MACHINE.lacks(Resources(8, 16 * GIB, 3)) == []
    assert MACHINE.lacks(Resources(9, 17 * GIB, 4)) == [
        "9 CPU cores (there are 8)", "17.0 GiB of memory (there are 16.0)",
        "4 GPUs (there are 3)",
    ]  # fmt: skip
    assert Machine(1, GIB).lacks(Resources(gpus=1)) == ["1 GPUs (there are none)"]


def test_gpus_are_given_once_and_come_back() -> None:
    pool = GpuPool(("a", "b", "c"))
    assert (pool.take(1, 2), pool.take(2, 2)) == (("a", "b"), ("c",))
    pool.give_back(1)
    pool.give_back(1)
    assert pool.take(3, 1) == ("a",)


def test_gpus_of_the_environment() -> None:
    assert Machine.here({"CUDA_VISIBLE_DEVICES": "3, GPU-5"}).gpus == ("3", "GPU-5")
    assert Machine.here({"CUDA_VISIBLE_DEVICES": ""}).gpus == ()


SCRIPT = """
    import os, sys, time
    time.sleep(0.2)
    print("gpus", os.environ.get("CUDA_VISIBLE_DEVICES"))
    print("loss=" + sys.argv[1])
"""


def overlaps(folder: Path) -> list[tuple[str, str]]:
    """Pairs of trials that ran at the same time."""
    with RunStore.open(folder) as store:
        trials = [record.trial for record in store.trials()]
    return [
        (one.name, other.name)
        for number, one in enumerate(trials)
        for other in trials[:number]
        if one.start_time < other.completion_time and other.start_time < one.completion_time  # type: ignore[operator]
    ]


def gpus_of(folder: Path, trial: str) -> str:
    return (folder / "trials" / trial / "stdout.log").read_text().splitlines()[0].split()[1]


def test_trials_at_once_have_different_gpus(
    make_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    resources = {"limits": {"nvidia.com/gpu": "1"}}
    experiment = make_experiment(
        SCRIPT, container={"resources": resources}, parallelTrialCount=4, maxTrialCount=6
    )
    run_experiment(experiment, tmp_path)
    pairs = overlaps(tmp_path)
    assert pairs
    assert all(gpus_of(tmp_path, one) != gpus_of(tmp_path, other) for one, other in pairs)
    with RunStore.open(tmp_path) as store:
        assert {gpus_of(tmp_path, trial.name) for trial in store.trials()} == {"3", "5"}


def test_a_request_beyond_the_machine_is_a_warning_or_refused(
    make_experiment: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    resources = {"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}}
    experiment = make_experiment(SCRIPT, container={"resources": resources}, maxTrialCount=2)
    with pytest.raises(ValueError, match="1000 CPU cores"):
        run_experiment(experiment, tmp_path / "strict", RunOptions(strict_resources=True))
    with caplog.at_level(logging.WARNING):
        assert run_experiment(experiment, tmp_path / "run").best is not None
    assert "it runs with what there is" in caplog.text
    assert overlaps(tmp_path / "run") == []


def test_an_exclusive_trial_runs_alone(make_experiment: Any, tmp_path: Path) -> None:
    document = json.loads(json.dumps(make_experiment(SCRIPT).spec.trial_template.to_dict()))
    metadata = {"annotations": {"eegtune.dev/exclusive": "true"}}
    document["trialSpec"]["spec"]["template"]["metadata"] = metadata
    experiment = make_experiment(trialTemplate=document, parallelTrialCount=3)
    run_experiment(experiment, tmp_path)
    assert overlaps(tmp_path) == []
