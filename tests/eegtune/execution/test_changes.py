from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.changes import enqueue, pause, scale
from eegtune.execution.loop import Interruption, LoopOptions
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.store import RunStore
from eegtune.execution.writer import RunWriter

SLOW = "import sys, time; time.sleep(0.3); print('loss=' + sys.argv[1])"
PATIENCE_SECONDS = 60.0


class Background:
    """A run in a thread of its own."""

    def __init__(self, experiment: Any, folder: Path) -> None:
        self.folder = folder
        self.interruption = Interruption()
        self.results: list[RunResult] = []
        options = RunOptions(LoopOptions(grace_seconds=1.0))

        def run() -> None:
            self.results.append(
                run_experiment(experiment, folder, options, interruption=self.interruption)
            )

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.wait_for(lambda store: len(store.trials()) > 0)

    def wait_for(self, condition: Callable[[RunStore], bool]) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            if (self.folder / "run.db").exists():
                try:
                    with RunStore.open(self.folder) as store:
                        if condition(store):
                            return
                except Exception as error:
                    if "holds no" not in str(error) and "is empty" not in str(error):
                        raise
            time.sleep(0.05)
        raise AssertionError("the run never came so far")

    def change(self, change: Callable[[RunWriter], Any]) -> Any:
        with RunWriter.open_writable(self.folder) as store:
            return change(store)

    def finish(self) -> RunResult:
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()
        return self.results[0]


def running(count: int) -> Callable[[RunStore], bool]:
    return lambda store: sum(str(t.condition) == "Running" for t in store.trials()) == count


def test_a_running_run_is_scaled(make_experiment: Any, tmp_path: Path) -> None:
    run = Background(make_experiment(SLOW, parallelTrialCount=1, maxTrialCount=30), tmp_path)
    run.change(lambda store: scale(store, {"parallel_trial_count": 4}))
    run.wait_for(running(4))
    run.change(lambda store: scale(store, {"max_trial_count": 20}))
    assert run.finish().state.message == "20 trials are done; maxTrialCount is 20"
    with RunStore.open(tmp_path) as store:
        assert len(store.trials()) == 20
        assert [event.detail for event in store.events("scaled")] == [
            {"parallel_trial_count": 4}, {"max_trial_count": 20},
        ]  # fmt: skip


def test_what_was_scaled_stays_when_the_run_goes_on(make_experiment: Any, tmp_path: Path) -> None:
    experiment = make_experiment(maxTrialCount=2)
    run_experiment(experiment, tmp_path)
    with RunWriter.open_writable(tmp_path) as store:
        scale(store, {"max_trial_count": 4})
    assert run_experiment(experiment, tmp_path).state.message.startswith("4 trials are done")
    more = run_experiment(make_experiment(maxTrialCount=5), tmp_path)
    assert more.state.message.startswith("5 trials are done")


def test_a_pause_lets_running_trials_end_and_starts_no_others(
    make_experiment: Any, tmp_path: Path
) -> None:
    run = Background(make_experiment(SLOW, maxTrialCount=6), tmp_path)
    run.change(lambda store: pause(store, True))
    run.wait_for(running(0))
    time.sleep(0.7)
    run.wait_for(lambda store: running(0)(store) and len(store.trials()) < 6)
    run.change(lambda store: pause(store, False))
    assert run.finish().state.reason == "ExperimentMaxTrialsReached"


def test_a_persons_trial_runs_next_and_counts(make_experiment: Any, tmp_path: Path) -> None:
    run = Background(make_experiment(SLOW, parallelTrialCount=1, maxTrialCount=5), tmp_path)
    record = run.change(lambda store: enqueue(store, {"x": "0.125"}))
    run.finish()
    with RunStore.open(tmp_path) as store:
        trials = store.trials()
    assert len(trials) == 5
    own = trials[record.number]
    assert (own.name, own.cause, own.trial.metrics) == (record.name, "user", {"loss": 0.125})
    assert record.number <= 2


def test_the_search_is_undisturbed_by_a_persons_trial(
    make_experiment: Any, tmp_path: Path
) -> None:
    space = {"list": ["1", "2", "3"]}
    parameters = [{"name": "x", "parameterType": "categorical", "feasibleSpace": space}]
    experiment = make_experiment(
        algorithm={"algorithmName": "grid"}, parameters=parameters, maxTrialCount=3
    )
    run_experiment(experiment.with_spec(max_trial_count=1, parallel_trial_count=1), tmp_path)
    with RunWriter.open_writable(tmp_path) as store:
        enqueue(store, {"x": "2"})
    run_experiment(experiment.with_spec(max_trial_count=4), tmp_path)
    with RunStore.open(tmp_path) as store:
        search = [t.trial.assignments["x"] for t in store.trials() if t.cause == "search"]
    assert len(set(search)) == len(search)


def test_missing_values_are_those_of_the_best_trial(make_experiment: Any, tmp_path: Path) -> None:
    parameters = [
        {"name": name, "parameterType": "int", "feasibleSpace": {"min": "1", "max": "9"}}
        for name in ("x", "y")
    ]
    command = ["python3", "-c", "import sys; print('loss=' + sys.argv[1])"]
    container = {"command": [*command, "${trialParameters.x}", "${trialParameters.y}"]}
    template = make_experiment().spec.trial_template.to_dict()
    template["trialParameters"] = [{"name": name, "reference": name} for name in ("x", "y")]
    pod = template["trialSpec"]["spec"]["template"]["spec"]
    pod["containers"][0]["command"] = container["command"]
    experiment = make_experiment(parameters=parameters, trialTemplate=template, maxTrialCount=3)
    result = run_experiment(experiment, tmp_path)
    assert result.best is not None
    with RunWriter.open_writable(tmp_path) as store:
        record = enqueue(store, {"y": "9"})
    assert record.trial.assignments == {**result.best.trial.assignments, "y": "9"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"y": "1"}, "there is no parameter 'y'; there are x"),
        ({"x": "2"}, "allowed is a number from 0 to 1"),
        ({"x": "nan"}, "'nan'"),
        ({"x": ""}, "''"),
        ({}, "also set x"),
    ],
)
def test_values_that_cannot_be_tried(
    make_experiment: Any, tmp_path: Path, values: dict[str, str], message: str
) -> None:
    run_experiment(make_experiment("pass", maxTrialCount=1), tmp_path)
    with RunWriter.open_writable(tmp_path) as store, pytest.raises(ValueError, match=message):
        enqueue(store, values)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"max_trial_count": 1}, "2 trials were made already"),
        ({"parallel_trial_count": 0}, "at least 1"),
        ({"parallel_trial_count": 9}, "must not exceed"),
    ],
)
def test_counts_that_make_no_sense(
    make_experiment: Any, tmp_path: Path, counts: dict[str, int], message: str
) -> None:
    run_experiment(make_experiment(maxTrialCount=2), tmp_path)
    with RunWriter.open_writable(tmp_path) as store:
        with pytest.raises(ValueError, match=message):
            scale(store, counts)
        assert store.experiment.spec.max_trial_count == 2
