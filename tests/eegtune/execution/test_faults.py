"""What a run survives: deaths of every process involved, a full disk, a folder that is read-only.

Each test runs the real command in a process of its own and really kills, fills or locks.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.records import TrialRecord
from eegtune.execution.store import NoRunError, RunStore

EEGTUNE = str(Path(sys.executable).with_name("eegtune"))
PATIENCE_SECONDS = 60.0
SLOW = """
    import sys, time
    print("loss=" + sys.argv[1], flush=True)
    time.sleep(0.3)
"""
FOREVER = """
    import subprocess, sys, time
    grandchild = subprocess.Popen(["sleep", "300"])
    print("loss=1", grandchild.pid, flush=True)
    time.sleep(300)
"""

WriteExperiment = Callable[..., Path]


class Command:
    """A running `eegtune run`."""

    def __init__(self, file: Path, *options: str, **settings: Any) -> None:
        self.folder = file.parent / "run"
        self.process = subprocess.Popen(
            [EEGTUNE, "run", str(file), "--no-report", "--dir", str(self.folder), *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=file.parent,
            **settings,
        )  # fmt: skip

    def wait(self) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, output

    def trials(self) -> list[TrialRecord]:
        try:
            with RunStore.open(self.folder) as store:
                return store.trials()
        except NoRunError:
            return []

    def wait_for(self, condition: Callable[[list[TrialRecord]], bool]) -> list[TrialRecord]:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            trials = self.trials()
            if condition(trials):
                return trials
            assert self.process.poll() is None, self.process.stdout.read()  # type: ignore[union-attr]
            time.sleep(0.02)
        raise AssertionError(f"the run never came so far: {self.trials()}")

    def server(self) -> int:
        """The process that starts trials."""
        return next(iter(children_of(self.process.pid)))


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def has_ended(count: int) -> Callable[[list[TrialRecord]], bool]:
    return lambda trials: sum(trial.condition.is_completed for trial in trials) >= count


@pytest.fixture
def begun(write_experiment: WriteExperiment) -> Iterator[Callable[..., Command]]:
    commands: list[Command] = []

    def begin(script: str, *options: str, **spec: Any) -> Command:
        commands.append(Command(write_experiment(script, **spec), *options))
        return commands[-1]

    yield begin
    for command in commands:
        if command.process.poll() is None:
            command.process.kill()
        command.process.wait()
        command.process.stdout.close()  # type: ignore[union-attr]


def grandchildren(command: Command) -> list[int]:
    """The `sleep` of each trial of FOREVER, once all of them have said it."""
    found: list[int] = []

    def all_have_said_it() -> bool:
        logs = [path.read_text() for path in command.folder.glob("trials/*/stdout.log")]
        found[:] = [int(text.split()[1]) for text in logs if text.endswith("\n")]
        return len(found) == 2

    wait_until(all_have_said_it)
    return found


def test_kill_9_of_the_main_process_loses_only_what_was_running(begun: Any) -> None:
    command = begun(SLOW, maxTrialCount=8)
    command.wait_for(has_ended(3))
    command.process.kill()
    command.process.wait()
    before = {t.name: t for t in command.trials() if t.condition.is_completed}
    again = Command(command.folder.parent / "experiment.yaml")
    code, output = again.wait()
    assert code == 0, output
    trials = again.trials()
    assert [trial.number for trial in trials] == list(range(8))
    assert {str(trial.condition) for trial in trials} == {"Succeeded"}
    for trial in trials:
        if trial.name in before:
            assert trial == before[trial.name]  # not run again
        assert trial.trial.metrics == {"loss": float(trial.trial.assignments["x"])}
    with RunStore.open(again.folder) as store:
        assert {len(store.metric_log(trial.name)) for trial in trials} == {1}


def test_kill_9_of_the_main_process_leaves_no_process_behind(begun: Any) -> None:
    command = begun(FOREVER)
    left = grandchildren(command)
    server = command.server()
    left += [server, *children_of(server)]
    command.process.kill()
    command.process.wait()
    wait_until(lambda: not any(map(is_alive, left)))


def test_kill_9_of_the_server_has_its_trials_run_again(begun: Any) -> None:
    script = """
        import os, subprocess, sys, time
        seen = os.path.join(os.environ["ARTEFACTS"], "seen")
        again = os.path.exists(seen)
        open(seen, "w").close()
        grandchild = subprocess.Popen(["sleep", "300"])
        print("loss=1" if again else "loss=9", grandchild.pid, flush=True)
        time.sleep(0 if again else 300)
    """
    command = begun(script, maxTrialCount=2)
    left = grandchildren(command)
    os.kill(command.server(), signal.SIGKILL)
    code, output = command.wait()
    assert code == 0, output
    trials = command.trials()
    assert [trial.attempt for trial in trials] == [2, 2]
    assert [trial.trial.metrics for trial in trials] == [{"loss": 1.0}] * 2
    assert not any(map(is_alive, left))
    with RunStore.open(command.folder) as store:
        assert [point.text for point in store.metric_log(trials[0].name)] == ["1"]


def test_a_server_that_always_dies_ends_the_run_with_a_message(begun: Any) -> None:
    script = "import os, time; os.kill(os.getppid(), 9); time.sleep(300)"
    command = begun(script)
    code, output = command.wait()
    assert code == 1
    assert "the process that starts trials has died" in output
    assert "Traceback" not in output


def test_kill_9_of_a_child_fails_its_trial_only(begun: Any) -> None:
    command = begun(FOREVER, "--timeout", "20", parallelTrialCount=2, maxTrialCount=2)
    left = grandchildren(command)
    server = command.server()
    os.kill(children_of(server)[0], signal.SIGKILL)
    trials = command.wait_for(has_ended(1))
    assert sorted(str(trial.condition) for trial in trials) == ["Failed", "Running"]
    wait_until(lambda: sum(map(is_alive, left)) == 1)
    command.process.send_signal(signal.SIGINT)
    code, output = command.wait()
    assert code == 130, output
    assert not any(map(is_alive, left))


def test_kill_of_a_grandchild_is_the_trials_affair(begun: Any) -> None:
    script = """
        import subprocess
        grandchild = subprocess.Popen(["sleep", "300"])
        print("loss=1", grandchild.pid, flush=True)
        print("it ended with", grandchild.wait())
    """
    command = begun(script, maxTrialCount=2)
    for pid in grandchildren(command):
        os.kill(pid, signal.SIGKILL)
    code, output = command.wait()
    assert code == 0, output
    assert {str(trial.condition) for trial in command.trials()} == {"Succeeded"}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_stop_a_run_in_good_order(begun: Any, number: int, code: int) -> None:
    command = begun(FOREVER)
    left = grandchildren(command)
    command.process.send_signal(number)
    returned, output = command.wait()
    assert returned == code
    assert "everything so far is kept" in output
    assert "Go on with: eegtune run" in output
    assert not any(map(is_alive, left))
    assert {str(trial.condition) for trial in command.trials()} == {"Created"}


def test_ctrl_c_twice_does_not_wait_for_trials_that_will_not_end(begun: Any) -> None:
    script = """
        import signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        grandchild = subprocess.Popen(["sleep", "300"])
        print("loss=1", grandchild.pid, flush=True)
        time.sleep(300)
    """
    command = begun(script)
    left = grandchildren(command)
    command.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    command.process.send_signal(signal.SIGINT)
    code, output = command.wait()
    assert code == 130, output
    assert not any(map(is_alive, left))
    assert {str(trial.condition) for trial in command.trials()} == {"Created"}


def test_64_trials_at_once(write_experiment: WriteExperiment) -> None:
    file = write_experiment(
        maxTrialCount=128, parallelTrialCount=64,
        container={"command": ["sh", "-c", "echo loss=${trialParameters.x}"]},
    )  # fmt: skip
    command = Command(file)
    code, output = command.wait()
    assert code == 0, output
    trials = command.trials()
    assert len(trials) == 128
    assert {(str(trial.condition), trial.attempt) for trial in trials} == {("Succeeded", 1)}
    assert all(
        trial.trial.metrics == {"loss": float(trial.trial.assignments["x"])} for trial in trials
    )


def test_two_runs_in_one_folder_at_once(begun: Any) -> None:
    command = begun(FOREVER)
    grandchildren(command)
    second = Command(command.folder.parent / "experiment.yaml")
    code, output = second.wait()
    assert code == 2
    assert f"process {command.process.pid} is running this Experiment" in output
    assert command.process.poll() is None


def limit_file_size(limit: int) -> Callable[[], None]:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    return limited


NOISY = """
    import sys
    # At once: each read of ours is a transaction, and the journal takes some pages for each.
    lines = ["loss=%d " % number + "x" * 100 for number in range(1500)]
    sys.stdout.write("\\n".join([*lines, "loss=" + sys.argv[1], ""]))
"""


def test_a_full_disk_keeps_what_there_is_and_can_go_on(write_experiment: WriteExperiment) -> None:
    file = write_experiment(
        NOISY, maxTrialCount=12, parallelTrialCount=1,
        objective={"type": "minimize", "objectiveMetricName": "loss",
                   "metricStrategies": [{"name": "loss", "value": "latest"}]},
    )  # fmt: skip
    # No file may grow beyond a limit, which for SQLite is a disk that is full.
    command = Command(file, preexec_fn=limit_file_size(700_000))
    code, output = command.wait()
    assert code == 1
    assert "Traceback" not in output
    assert "Trials that had ended are kept" in output
    kept = [trial for trial in command.trials() if trial.condition.is_completed]
    assert 0 < len(kept) < 12
    again = Command(file)
    code, output = again.wait()
    assert code == 0, output
    trials = again.trials()
    assert trials[: len(kept)] == kept
    assert [trial.trial.metrics["loss"] for trial in trials] == [
        float(trial.trial.assignments["x"]) for trial in trials
    ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full_and_then_freed(
    write_experiment: WriteExperiment, small_disk: Path
) -> None:
    file = small_disk / "experiment.yaml"
    file.write_text(write_experiment(NOISY, maxTrialCount=6, parallelTrialCount=1).read_text())
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (2**20 + 2**19))
    command = Command(file)
    code, output = command.wait()
    assert code == 1, output
    assert "Traceback" not in output
    assert "Trials that had ended are kept" in output
    kept = [trial for trial in command.trials() if trial.condition.is_completed]
    assert len(kept) < 6
    filler.unlink()
    again = Command(file)
    code, output = again.wait()
    assert code == 0, output
    trials = again.trials()
    assert trials[: len(kept)] == kept
    assert {str(trial.condition) for trial in trials} == {"Succeeded"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(write_experiment: WriteExperiment) -> None:
    file = write_experiment()
    (file.parent / "run").mkdir(mode=0o500)
    code, output = Command(file).wait()
    assert code == 1
    assert "Permission denied" in output
    assert "Traceback" not in output


def test_a_file_where_the_folder_should_be(write_experiment: WriteExperiment) -> None:
    file = write_experiment()
    (file.parent / "run").write_text("")
    code, output = Command(file).wait()
    assert code == 1
    assert "run: File exists" in output


def test_reading_while_it_runs(begun: Any) -> None:
    command = begun(FOREVER)
    grandchildren(command)
    command.wait_for(lambda trials: len(trials) == 2)
    done = subprocess.run(
        [EEGTUNE, "status", str(command.folder), "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    status = json.loads(done.stdout)
    assert (status["status"], status["alive"], status["trials"]) == (
        "Running", True, {"Running": 2},
    )  # fmt: skip
    with RunStore.open(command.folder) as store:
        wait_until(lambda: len(store.metric_log(store.trials()[0].name)) == 1)
