"""What becomes of trials that end well, badly, late or oddly; with real processes."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.store import RunStore
from eegtune.execution.writer import RunWriter
from eegtune.spec.experiment import FeasibleSpace, Parameter

from .whole_runs import only_trial

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


def test_lines_that_wait_are_written_down_together(
    make_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        for number in range(3000):
            print(f"loss={number}", flush=True)
    """
    outermost = 0
    transaction = RunWriter.transaction

    @contextmanager
    def counted(store: RunWriter) -> Iterator[None]:
        nonlocal outermost
        outermost += not store._connection.in_transaction
        with transaction(store):
            yield

    monkeypatch.setattr(RunWriter, "transaction", counted)
    trial = only_trial(make_experiment(script, maxTrialCount=1), tmp_path)
    with RunStore.open(tmp_path) as store:
        assert [point.value for point in store.metric_log(trial.name)] == list(range(3000))
    assert outermost < 1500  # one a line would be 3,000


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

    log = tmp_path / "run" / "trials" / trial.name / "stdout.log"
    assert json.loads(log.read_text().splitlines()[0]) == {
        "A": "$(B)$(B)", "B": "tried", "KATIB_TRIAL_NAME": trial.name,
        "CHECKPOINTS": str(tmp_path / "run" / "checkpoints"),
        "ARTEFACTS": "s3://bucket/artefacts", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


def test_values_that_break_the_template_fail_the_trial(
    make_experiment: Any, tmp_path: Path
) -> None:
    space = FeasibleSpace(values=('a"b',))
    parameter = Parameter(name="x", parameter_type="categorical", feasible_space=space)
    experiment = make_experiment(maxTrialCount=1).with_spec(parameters=(parameter,))
    trial = only_trial(experiment, tmp_path)
    assert str(trial.condition) == "Failed"
    assert "must not contain" in trial.message


def is_running_program(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
