"""Run trials in containers of this machine: docker, podman or nerdctl, with the template's image.

A container is a child of its runtime's daemon or monitor, not of ours. So it is stopped through
the client that waits for it, and what a kill has left behind is removed by the run's label, when
the run ends and when the next one begins in the same folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from eegtune.execution.command import variables_of
from eegtune.execution.container_command import (
    RUN_LABEL,
    Box,
    Mount,
    find_runtime,
    mounts_of,
    remove_words,
    run_words,
)
from eegtune.execution.control import limited_threads
from eegtune.execution.events import EventQueue, Execution
from eegtune.execution.pod import Pod
from eegtune.execution.process_runner import ProcessRunner
from eegtune.execution.process_server import Program
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import TrialTask
from eegtune.spec.experiment import ExperimentSpec

_OURS = "/eegtune"


class ContainerRunner(ProcessRunner):
    """Runs the trials of one Experiment in containers."""

    def __init__(
        self,
        spec: ExperimentSpec,
        folder: RunFolder,
        events: EventQueue,
        runtime: str,
        *,
        mounts: Mapping[str, str] | None = None,
        lock: int | None = None,
        strict_resources: bool = False,
    ) -> None:
        """Find the runtime.

        Raises:
            ValueError: There is none.
        """
        super().__init__(spec, folder, events, lock=lock, strict_resources=strict_resources)
        self._runtime = find_runtime(runtime)
        self._mounts = dict(mounts or {})
        place = str(folder.path.absolute())
        self._run = hashlib.sha256(place.encode()).hexdigest()[:16]

    def prepare(self, job: Mapping[str, Any]) -> None:
        """Remove what a killed process has left; then as for processes."""
        self._remove_leftovers()
        super().prepare(job)

    def ended(self, execution: Execution) -> None:
        """Free the trial's GPUs, and its container where its client was killed."""
        super().ended(execution)
        self._remove(self._container_name(execution))

    def close(self) -> None:
        """Kill what still runs."""
        super().close()
        self._remove_leftovers()

    def _program(self, task: TrialTask, pod: Pod) -> Program:
        variables = variables_of(pod, task.execution.trial, task.labels)
        self._tell_missing(variables.missing)
        cores = self._cores(pod)
        inherited = [name for name in _from_elsewhere(pod) if name in os.environ]
        environment = {name: value for name, value in variables.values.items()
                       if name not in inherited}  # fmt: skip
        environment = {**limited_threads(cores), "PYTHONUNBUFFERED": "1", **environment}
        environment["KATIB_TRIAL_NAME"] = task.execution.trial
        mounts = [*mounts_of(pod, self._mounts), *self._own_mounts(task, pod, environment)]
        name = self._container_name(task.execution)
        gpus = self._gpus.held_by(task.execution)
        box = Box(name, self._run, environment, inherited, mounts, gpus)
        words = run_words(self._runtime, pod, box)
        return Program(
            argv=(sys.executable, "-P", "-m", "eegtune.execution.container_trial",
                  self._runtime, name, *words),
            call=None, environment=dict(os.environ), directory=None, cores=cores,
        )  # fmt: skip

    def _own_mounts(self, task: TrialTask, pod: Pod, environment: dict[str, str]) -> list[Mount]:
        """Put checkpoints and artefacts where the template expects them, unless it has a place."""
        taken = {str(each["mountPath"]) for each in pod.container.get("volumeMounts") or ()}
        places = {"CHECKPOINTS": self._folder.checkpoints, "ARTEFACTS": task.folder.artefacts}
        mounts = []
        self._folder.checkpoints.mkdir(parents=True, exist_ok=True)
        for name, place in places.items():
            inside = environment.setdefault(name, f"{_OURS}/{name.lower()}")
            if "://" in inside or inside in taken:
                continue
            mounts.append(Mount(str(place.absolute()), inside))
        return mounts

    def _container_name(self, execution: Execution) -> str:
        name = re.sub(r"[^a-zA-Z0-9_.-]", "-", execution.trial)
        return f"{name}-{self._run}-{execution.attempt}"

    def _remove(self, *names: str) -> None:
        subprocess.run(remove_words(self._runtime, *names), capture_output=True, check=False)

    def _remove_leftovers(self) -> None:
        words = [self._runtime, "ps", "--all", "--quiet", "--filter",
                 f"label={RUN_LABEL}={self._run}"]  # fmt: skip
        found = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
        if found:
            self._remove(*found)


def _from_elsewhere(pod: Pod) -> list[str]:
    """Return the variables whose values come from Secrets and ConfigMaps."""
    return [
        entry["name"]
        for entry in pod.container.get("env") or ()
        if any(kind.endswith("KeyRef") for kind in entry.get("valueFrom") or ())
    ]
