"""Whole runs, with real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.difference import ChangedExperimentError
from eegtune.execution.lock import LockedError, RunLock
from eegtune.execution.loop import Interruption, LoopOptions
from eegtune.execution.observer import Silence
from eegtune.execution.records import RunCondition, TrialRecord
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.runner import RunnerError
from eegtune.execution.source import SearchError
from eegtune.execution.store import NoRunError, RunStore
from eegtune.spec import Experiment
from eegtune.spec.experiment import FeasibleSpace, Parameter

QUICK = RunOptions(LoopOptions(grace_seconds=1.0))


def trials_of(folder: Path) -> list[TrialRecord]:
    with RunStore.open(folder) as store:
        return store.trials()


def run(experiment: Experiment, folder: Path, **options: Any) -> RunResult:
    return run_experiment(experiment, folder, QUICK, **options)


def only_trial(experiment: Experiment, folder: Path) -> TrialRecord:
    run(experiment, folder)
    (trial,) = trials_of(folder)
    return trial


def test_a_run_keeps_everything(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import os, sys
        print("2026-01-31T12:00:00Z loss=" + sys.argv[1], "loss=2")
        print(os.environ["KATIB_TRIAL_NAME"], file=sys.stderr)
    """
    experiment = make_experiment(script)
    result = run(experiment, tmp_path / "run")
    assert (result.state.condition, result.state.reason) == (
        RunCondition.SUCCEEDED, "ExperimentMaxTrialsReached",
    )  # fmt: skip
    with RunStore.open(tmp_path / "run") as store:
        trials = store.trials()
        assert store.experiment == experiment
        assert [trial.number for trial in trials] == [0, 1, 2, 3]
        assert {str(trial.condition) for trial in trials} == {"Succeeded"}
        for trial in trials:
            x = trial.trial.assignments["x"]
            assert trial.trial.metrics == {"loss": float(x)}
            log = store.metric_log(trial.name)
            assert [(point.text, point.report) for point in log] == [(x, 1), ("2", 2)]
            assert [point.time and point.time.hour for point in log] == [12, 12]
            folder = store.folder.trial(trial.name)
            assert folder.stderr.read_text() == f"{trial.name}\n"
            assert folder.stdout.read_text().startswith("2026-01-31T12:00:00Z")
            assert trial.duration_seconds is not None
    best = min(trials, key=lambda trial: trial.trial.metrics["loss"])
    assert result.best is not None
    assert result.best.name == best.name


OUTCOMES = [
    ("raise RuntimeError('boom')", "Failed", "exit code 1: RuntimeError: boom"),
    ("import sys; print('loss=1'); sys.exit(3)", "Failed", "exit code 3: loss=1"),
    ("pass", "MetricsUnavailable", "the trial printed no line with loss=VALUE"),
    ("print('accuracy=1')", "MetricsUnavailable", "no line with loss=VALUE"),
    ("print('loss=nan')", "MetricsUnavailable", "not a finite number"),
    ("print('loss=inf')", "MetricsUnavailable", "not a finite number"),
    ("import os; os.kill(os.getpid(), 9)", "Failed", "killed by signal 9 (SIGKILL)"),
    ("import os; os.kill(os.getpid(), 11)", "Failed", "killed by signal 11 (SIGSEGV)"),
    ("import os; os.abort()", "Failed", "SIGABRT"),
    ("print('loss=1', end='')", "Succeeded", ""),
    (
        "import sys; sys.stdout.buffer.write(bytes(range(256)) * 99 + b'\\nloss=1')",
        "Succeeded",
        "",
    ),
    ("import sys; print('loss=1', file=sys.stderr)", "Succeeded", ""),
    ("import os; os.close(1); os.write(2, b'loss=1')", "Succeeded", ""),
]


@pytest.mark.parametrize(("script", "condition", "message"), OUTCOMES)
def test_how_trials_end(
    make_experiment: Any, tmp_path: Path, script: str, condition: str, message: str
) -> None:
    trial = only_trial(make_experiment(script, maxTrialCount=1), tmp_path)
    assert (str(trial.condition), message in trial.message) == (condition, True), trial.message
    assert ("loss" in trial.trial.metrics) == (condition == "Succeeded")


def test_a_command_that_does_not_exist(make_experiment: Any, tmp_path: Path) -> None:
    container = {"command": ["no-such-program", "${trialParameters.x}"]}
    trial = only_trial(make_experiment(maxTrialCount=1, container=container), tmp_path)
    assert trial.exit_code == 127
    assert "no-such-program: command not found" in trial.message


def test_a_trial_that_hangs_is_ended_by_its_deadline(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("loss=1", flush=True)
        time.sleep(60)
    """
    experiment = make_experiment(script, maxTrialCount=1, job={"activeDeadlineSeconds": 1})
    trial = only_trial(experiment, tmp_path)
    assert str(trial.condition) == "Failed"
    assert "activeDeadlineSeconds" in trial.message
    assert trial.signal == signal.SIGKILL
    assert trial.trial.metrics == {}


def test_grandchildren_end_with_their_trial(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import subprocess, sys
        child = subprocess.Popen(["sleep", "300"])
        print(f"loss=1 pid {child.pid}", flush=True)
    """
    trial = only_trial(make_experiment(script, maxTrialCount=1), tmp_path)
    assert str(trial.condition) == "Succeeded"
    pid = int((tmp_path / "trials" / trial.name / "stdout.log").read_text().split()[-1])
    assert not is_running_program(pid)


def test_a_daemons_open_pipe_is_not_waited_for(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import subprocess
        child = subprocess.Popen(["sleep", "30"], start_new_session=True)
        print(f"loss=1 pid {child.pid}", flush=True)
    """
    begun = time.monotonic()
    trial = only_trial(make_experiment(script, maxTrialCount=1), tmp_path)
    assert str(trial.condition) == "Succeeded"
    assert time.monotonic() - begun < 25
    pid = int((tmp_path / "trials" / trial.name / "stdout.log").read_text().split()[-1])
    os.kill(pid, signal.SIGKILL)


def test_much_output_is_read_and_its_log_is_capped(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import sys
        noise = b"x" * 2**20
        for number in range(100):
            sys.stdout.buffer.write(noise)
            sys.stdout.buffer.write(b" loss=%d\\n" % (100 - number))
        sys.stdout.buffer.write(b"the end")
    """
    trial = only_trial(make_experiment(script, maxTrialCount=1), tmp_path)
    assert trial.trial.metrics == {"loss": 1.0}
    with RunStore.open(tmp_path) as store:
        values = [point.value for point in store.metric_log(trial.name)]
        log = store.folder.trial(trial.name).stdout
    assert values == [100.0 - number for number in range(100)]
    assert log.stat().st_size < 17 * 2**20
    text = log.read_bytes()
    assert text.endswith(b"the end")
    assert b"bytes are left out here" in text


def test_the_environment_of_a_trial(
    make_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = """
        import json, os
        wanted = ["A", "B", "KATIB_TRIAL_NAME", "CHECKPOINTS", "ARTEFACTS", "OMP_NUM_THREADS"]
        print(json.dumps({name: os.environ[name] for name in wanted}))
        print("loss=1")
    """
    path = "metadata.labels['katib.kubeflow.org/experiment']"
    env = [
        {"name": "A", "value": "$(B)$$(B)"},
        {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": path}}},
        {"name": "CHECKPOINTS", "value": "/checkpoints"},
        {"name": "ARTEFACTS", "value": "s3://bucket/artefacts"},
    ]
    container = {"env": env, "resources": {"limits": {"cpu": "1"}}}
    trial = only_trial(make_experiment(script, maxTrialCount=1, container=container), Path("run"))
    import json

    log = tmp_path / "run" / "trials" / trial.name / "stdout.log"
    assert json.loads(log.read_text().splitlines()[0]) == {
        "A": "$(B)$(B)", "B": "tried", "KATIB_TRIAL_NAME": trial.name,
        "CHECKPOINTS": str(tmp_path / "run" / "checkpoints"),
        "ARTEFACTS": "s3://bucket/artefacts", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "reason", "counts"),
    [
        ({"objective": {"type": "minimize", "goal": 5, "objectiveMetricName": "loss"}},
         "ExperimentGoalReached", (1, 2)),
        ({"maxFailedTrialCount": 1, "container": {"command": ["false", "${trialParameters.x}"]}},
         "ExperimentFailed", (1, 2)),
        ({"parameters": [{"name": "x", "parameterType": "categorical",
                          "feasibleSpace": {"list": ["1", "2"]}}],
          "algorithm": {"algorithmName": "grid"}, "maxTrialCount": None},
         "ExperimentSuggestionEndReached", (2, 2)),
    ],
)  # fmt: skip
def test_how_runs_end(
    make_experiment: Any, tmp_path: Path, spec: Any, reason: str, counts: tuple[int, int]
) -> None:
    spec = {key: value for key, value in spec.items() if value is not None}
    experiment = make_experiment(**spec)
    if reason == "ExperimentSuggestionEndReached":
        experiment = experiment.with_spec(max_trial_count=None)
    result = run(experiment, tmp_path)
    assert result.state.reason == reason
    assert counts[0] <= len(trials_of(tmp_path)) <= counts[1]


def test_leftovers_are_killed_when_the_goal_is_reached(
    make_experiment: Any, tmp_path: Path
) -> None:
    script = """
        import sys, time
        if float(sys.argv[1]) > 0.5: time.sleep(60)
        print("loss=" + sys.argv[1])
    """
    goal = {"type": "minimize", "goal": 0.5, "objectiveMetricName": "loss"}
    result = run(make_experiment(script, objective=goal, parallelTrialCount=4), tmp_path)
    assert result.state.reason == "ExperimentGoalReached"
    conditions = {str(trial.condition) for trial in trials_of(tmp_path)}
    assert conditions == {"Succeeded", "Killed"}


class StopAfter(Silence):
    """Interrupts a run when some trials have ended."""

    def __init__(self, ends: int) -> None:
        self.interruption = Interruption()
        self.left = ends

    def ended(self, record: TrialRecord) -> None:
        self.left -= record.condition.is_completed
        if self.left == 0:
            self.interruption.request(signal.SIGINT)


SLOW = "import sys, time; time.sleep(0.2); print('loss=' + sys.argv[1])"


@pytest.mark.parametrize("algorithm", ["random", "tpe"])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    make_experiment: Any, tmp_path: Path, algorithm: str
) -> None:
    settings = [{"name": "random_state", "value": "3"}]
    experiment = make_experiment(
        SLOW, parallelTrialCount=1, maxTrialCount=6,
        algorithm={"algorithmName": algorithm, "algorithmSettings": settings},
    )  # fmt: skip
    run(experiment, tmp_path / "whole")
    stop = StopAfter(3)
    result = run(experiment, tmp_path / "cut", observer=stop, interruption=stop.interruption)
    assert result.signal == signal.SIGINT
    assert result.state.condition is RunCondition.RUNNING
    between = trials_of(tmp_path / "cut")
    assert sum(trial.condition.is_completed for trial in between) == 3
    run(experiment, tmp_path / "cut")
    whole, cut = trials_of(tmp_path / "whole"), trials_of(tmp_path / "cut")
    assert [(t.name, t.trial.assignments, t.trial.metrics) for t in whole] == [
        (t.name, t.trial.assignments, t.trial.metrics) for t in cut
    ]
    assert [trial.attempt for trial in cut[:3]] == [1, 1, 1]


def test_a_run_that_has_ended_is_left_alone_and_goes_on_with_more_trials(
    make_experiment: Any, tmp_path: Path
) -> None:
    first = run(make_experiment(), tmp_path)
    again = run(make_experiment(), tmp_path)
    assert again.state == first.state
    assert again.best == first.best
    more = run(make_experiment(maxTrialCount=6), tmp_path)
    assert more.state.reason == "ExperimentMaxTrialsReached"
    trials = trials_of(tmp_path)
    assert len(trials) == 6
    assert {trial.attempt for trial in trials} == {1}


def test_a_failed_run_goes_on_with_a_larger_limit(make_experiment: Any, tmp_path: Path) -> None:
    failing = {"container": {"command": ["false", "${trialParameters.x}"]}}
    limits = {"parallelTrialCount": 1, "maxTrialCount": 4, **failing}
    assert run(make_experiment(maxFailedTrialCount=1, **limits), tmp_path).state.condition == (
        RunCondition.FAILED
    )
    assert run(make_experiment(maxFailedTrialCount=1, **limits), tmp_path).state.condition == (
        RunCondition.FAILED
    )
    assert len(trials_of(tmp_path)) == 1
    result = run(make_experiment(maxFailedTrialCount=3, **limits), tmp_path)
    assert result.state.condition is RunCondition.FAILED
    assert len(trials_of(tmp_path)) == 3


def test_another_experiment_is_refused_and_nothing_is_touched(
    make_experiment: Any, tmp_path: Path
) -> None:
    run(make_experiment(), tmp_path)
    before = (tmp_path / "experiment.yaml").read_text(), trials_of(tmp_path)
    other = make_experiment("print('loss=3')")
    with pytest.raises(ChangedExperimentError, match="containers") as caught:
        run(other, tmp_path)
    assert len(caught.value.differences) == 1
    assert ((tmp_path / "experiment.yaml").read_text(), trials_of(tmp_path)) == before


def test_fresh_moves_the_earlier_run_aside(make_experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(make_experiment(maxTrialCount=2), folder)
    old = trials_of(folder)
    other = make_experiment("print('loss=3')", maxTrialCount=3)
    result = run_experiment(other, folder, RunOptions(QUICK.loop, fresh=True))
    assert result.moved_to is not None
    assert trials_of(result.moved_to) == old
    assert len(trials_of(folder)) == 3


def test_two_runs_in_one_folder(make_experiment: Any, tmp_path: Path) -> None:
    with RunLock(tmp_path / "run.lock"), pytest.raises(LockedError, match=str(os.getpid())):
        run(make_experiment(), tmp_path)
    assert run(make_experiment(), tmp_path).best is not None


def test_the_time_given(make_experiment: Any, tmp_path: Path) -> None:
    experiment = make_experiment(SLOW, maxTrialCount=100)
    options = RunOptions(LoopOptions(timeout_seconds=1.0, grace_seconds=1.0))
    result = run_experiment(experiment, tmp_path, options)
    assert result.timed_out
    assert result.state.condition is RunCondition.RUNNING
    conditions = {str(trial.condition) for trial in trials_of(tmp_path)}
    assert conditions == {"Succeeded", "Created"}


def test_a_second_interruption_does_not_wait(make_experiment: Any, tmp_path: Path) -> None:
    script = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("loss=1", flush=True)
        time.sleep(300)
    """
    interruption = Interruption()

    def interrupt_twice() -> None:
        while not any((tmp_path / "trials").glob("*/stdout.log")):
            time.sleep(0.05)
        time.sleep(0.5)
        interruption.request(signal.SIGINT)
        time.sleep(0.5)
        interruption.request(signal.SIGINT)

    thread = threading.Thread(target=interrupt_twice)
    thread.start()
    options = RunOptions(LoopOptions(grace_seconds=120.0))
    begun = time.monotonic()
    run_experiment(make_experiment(script), tmp_path, options, interruption=interruption)
    thread.join()
    assert time.monotonic() - begun < 60
    assert {str(trial.condition) for trial in trials_of(tmp_path)} == {"Created"}


def test_values_that_break_the_template_fail_the_trial(
    make_experiment: Any, tmp_path: Path
) -> None:
    space = FeasibleSpace(values=('a"b',))
    parameter = Parameter(name="x", parameter_type="categorical", feasible_space=space)
    experiment = make_experiment(maxTrialCount=1).with_spec(parameters=(parameter,))
    trial = only_trial(experiment, tmp_path)
    assert str(trial.condition) == "Failed"
    assert "must not contain" in trial.message


def test_a_template_that_cannot_run_ends_the_run(make_experiment: Any, tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="has no command"):
        run(
            make_experiment(container={"command": None, "args": ["${trialParameters.x}"]}),
            tmp_path,
        )
    assert {str(trial.condition) for trial in trials_of(tmp_path)} == {"Created"}


def test_a_search_that_cannot_go_on_ends_the_run(make_experiment: Any, tmp_path: Path) -> None:
    algorithm = {"algorithmName": "random", "algorithmSettings": [{"name": "no", "value": "1"}]}
    with pytest.raises(SearchError, match="'no'"):
        run(make_experiment(algorithm=algorithm), tmp_path)


def test_a_folder_that_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(NoRunError, match="no run here"):
        RunStore.open(tmp_path)
    (tmp_path / "run.db").write_bytes(b"not a database" * 100)
    with pytest.raises(NoRunError, match="cannot be read"):
        RunStore.open(tmp_path)


def test_a_run_of_a_newer_eegtune_is_refused(make_experiment: Any, tmp_path: Path) -> None:
    run(make_experiment(maxTrialCount=1), tmp_path)
    with sqlite3.connect(tmp_path / "run.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(NoRunError, match="version 999"):
        RunStore.open(tmp_path)
    with pytest.raises(NoRunError, match="version 999"):
        run(make_experiment(maxTrialCount=1), tmp_path)


def is_running_program(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
