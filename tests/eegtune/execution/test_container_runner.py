"""Trials in real containers, of an image that is made of this machine's own shell."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.container_command import find_runtime
from eegtune.execution.loop import LoopOptions
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.store import RunStore

IMAGE = "localhost/eegtune-test-shell:1"
PROGRAMS = ("sh", "cat", "sleep", "tail")


def image_tar() -> bytes:
    """The programs and the libraries that they need, as the file system of an image."""
    files = {}
    for name in PROGRAMS:
        program = shutil.which(name)
        assert program is not None
        files[f"bin/{name}"] = Path(program).resolve()
        needed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
        for library in re.findall(r"(/\S+)", needed.stdout):
            files[library.lstrip("/")] = Path(library).resolve()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, path in files.items():
            tar.add(path, name)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("containers")
    (place / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{place}/images"\nrunroot = "{place}/run"\n'
    )
    # Where this process may not raise limits, a container must not try to.
    (place / "containers.conf").write_text(
        '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_STORAGE_CONF", str(place / "storage.conf"))
        patch.setenv("CONTAINERS_CONF", str(place / "containers.conf"))
        try:
            name = find_runtime("container")
        except ValueError as error:
            pytest.skip(str(error))
        made = subprocess.run([name, "import", "-", IMAGE], input=image_tar(), capture_output=True,
                              check=False)  # fmt: skip
        tried = subprocess.run([name, "run", "--rm", IMAGE, "sh", "-c", "echo fine"],
                               capture_output=True, check=False)  # fmt: skip
        if tried.stdout != b"fine\n":
            pytest.skip(f"{name} cannot run containers here: {made.stderr + tried.stderr!r}")
        yield name
        subprocess.run([name, "rmi", "--force", IMAGE], capture_output=True, check=False)


def boxed(make_experiment: Any, script: str, **container: Any) -> Any:
    command = ["sh", "-c", script, "trial", "${trialParameters.x}"]
    return make_experiment(
        container={"image": IMAGE, "imagePullPolicy": "Never", "command": command, **container},
        maxTrialCount=2,
    )


def run(experiment: Any, folder: Path, runtime: str, **options: Any) -> RunResult:
    loop = LoopOptions(grace_seconds=1.0, **options)
    return run_experiment(experiment, folder, RunOptions(loop, runtime=runtime))


def containers(runtime: str) -> list[str]:
    words = [runtime, "ps", "--all", "--quiet"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_trials_in_containers(
    make_experiment: Any, tmp_path: Path, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "from here")
    secret = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
    script = 'echo "loss=$1"; echo $KATIB_TRIAL_NAME $TOKEN; echo kept > $ARTEFACTS/note'
    experiment = boxed(make_experiment, script, env=[secret])
    result = run(experiment, tmp_path / "run", runtime)
    assert result.state.reason == "ExperimentMaxTrialsReached"
    with RunStore.open(tmp_path / "run") as store:
        for trial in store.trials():
            assert trial.trial.metrics == {"loss": float(trial.trial.assignments["x"])}
            folder = store.folder.trial(trial.name)
            assert folder.stdout.read_text().splitlines()[1] == f"{trial.name} from here"
            assert (folder.artefacts / "note").read_text() == "kept\n"
    assert containers(runtime) == []


def test_a_failure_is_the_containers(make_experiment: Any, tmp_path: Path, runtime: str) -> None:
    run(boxed(make_experiment, "echo no luck >&2; exit 3"), tmp_path / "run", runtime)
    with RunStore.open(tmp_path / "run") as store:
        assert {(trial.exit_code, trial.message) for trial in store.trials()} == {
            (3, "exit code 3: no luck")
        }


def test_what_will_not_end_is_removed(make_experiment: Any, tmp_path: Path, runtime: str) -> None:
    experiment = boxed(make_experiment, "trap '' TERM; echo loss=1; while :; do sleep 1; done")
    result = run(experiment, tmp_path / "run", runtime, timeout_seconds=6.0)
    assert result.timed_out
    assert containers(runtime) == []


def test_out_of_memory_is_said(make_experiment: Any, tmp_path: Path, runtime: str) -> None:
    limits = {"resources": {"limits": {"memory": "32Mi"}}}
    # `tail` keeps a line without an end in memory.
    experiment = boxed(make_experiment, "cat /dev/zero | tail", **limits)
    run(experiment, tmp_path / "run", runtime)
    with RunStore.open(tmp_path / "run") as store:
        (message, *_) = [trial.message for trial in store.trials()]
    if "cgroup" in message:
        pytest.skip(f"no memory limit can be set here: {message}")
    assert "out of memory" in message
