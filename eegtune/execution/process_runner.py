"""Run trials as processes of this machine: warm forks of `trial-runner`, or any other program."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eegtune.execution.command import (
    command_of,
    katib_command_of,
    trial_runner_arguments,
    variables_of,
)
from eegtune.execution.control import Control, limited_threads, path_with_our_programs
from eegtune.execution.events import EventQueue, Execution
from eegtune.execution.machine import GpuPool, Machine
from eegtune.execution.output import OutputStream
from eegtune.execution.pod import Pod, pod_of
from eegtune.execution.process_server import ProcessServer, Program, Streams
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import RunnerError, TrialTask
from eegtune.metrics.reader import metric_reader
from eegtune.spec.experiment import ExperimentSpec

_logger = logging.getLogger(__name__)
_WARM_CALL = "trial_runner.cli:main"
_MOST_DEATHS_IN_A_ROW = 3


class ProcessHandle:
    """A trial that runs in a process."""

    def __init__(self, server: ProcessServer, execution: Execution) -> None:
        self._server, self._execution = server, execution

    def stop(self, grace_seconds: float) -> None:
        """Send SIGTERM to the trial's processes, and SIGKILL after a while."""
        self._server.stop(self._execution, grace_seconds)


class ProcessRunner:
    """Runs the trials of one Experiment as processes."""

    def __init__(
        self,
        spec: ExperimentSpec,
        folder: RunFolder,
        events: EventQueue,
        *,
        lock: int | None = None,
        strict_katib: bool = False,
        strict_resources: bool = False,
    ) -> None:
        self._spec = spec
        self._folder = folder
        self._events = events
        self._lock = lock
        self._strict_katib = strict_katib
        self._strict_resources = strict_resources
        self._server: ProcessServer | None = None
        self._deaths = 0
        self._machine = Machine.here()
        self._gpus = GpuPool(self._machine.gpus)
        self._fit: int | None = None
        self._told: set[str] = set()

    def prepare(self, job: Mapping[str, Any]) -> None:
        """Let the process that starts trials import what they need while we do other things."""
        task = TrialTask(Execution("prepare", 0), job, self._folder.trial("prepare"))
        try:
            pod = pod_of(job, self._spec.trial_template.primary_container_name)
            program = self._program(task, pod)
        except RunnerError:
            return  # the first trial says it
        self._share_out(pod)
        self._living_server(program)

    @property
    def trials_at_once(self) -> int | None:
        """How many trials fit, by what their template asks for."""
        return self._fit

    def ended(self, execution: Execution) -> None:
        """Free the trial's GPUs."""
        self._gpus.give_back(execution)

    def start(self, task: TrialTask) -> ProcessHandle:
        """Start a trial in a process of its own.

        Raises:
            RunnerError: The template has no command, the disk takes no log, or the process that
                starts trials dies again and again.
        """
        pod = pod_of(task.job, self._spec.trial_template.primary_container_name)
        if pod.resources.gpus:
            self._gpus.take(task.execution, pod.resources.gpus)
        program = self._program(task, pod)
        if pod.resources.gpus:
            visible = {"CUDA_VISIBLE_DEVICES": ",".join(self._gpus.held_by(task.execution))}
            program = program._replace(environment={**program.environment, **visible})
        streams = self._streams(task)
        server = self._living_server(program)
        server.start(task.execution, program, streams)
        return ProcessHandle(server, task.execution)

    def close(self) -> None:
        """Kill what still runs."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _program(self, task: TrialTask, pod: Pod) -> Program:
        variables = variables_of(pod, task.execution.trial, task.labels)
        self._tell_missing(variables.missing)
        build = katib_command_of if self._strict_katib else command_of
        command = build(pod, variables.values)
        warm = None if self._strict_katib else trial_runner_arguments(command)
        cores = self._cores(pod)
        return Program(
            argv=command if warm is None else ("trial-runner", *warm),
            call=None if warm is None or sys.platform != "linux" else _WARM_CALL,
            environment=self._environment(task, variables.values, cores),
            directory=_directory(pod),
            cores=cores,
            memory_bytes=pod.memory_limit_bytes,
        )

    def _tell_missing(self, names: Iterable[str]) -> None:
        for name in set(names) - self._told:
            self._told.add(name)
            _logger.warning(
                "the template takes %s from a Secret or ConfigMap; set it in the environment", name
            )

    def _environment(self, task: TrialTask, given: dict[str, str], cores: int) -> dict[str, str]:
        environment = {**os.environ, **limited_threads(cores), "PYTHONUNBUFFERED": "1"}
        environment |= given
        environment["PATH"] = path_with_our_programs(environment)
        environment["KATIB_TRIAL_NAME"] = task.execution.trial
        places = {"CHECKPOINTS": self._folder.checkpoints, "ARTEFACTS": task.folder.artefacts}
        for name, place in places.items():
            # A folder of the container is not one of this machine; an address is the same.
            if "://" not in given.get(name, ""):
                environment[name] = str(place.absolute())
        return environment

    def _share_out(self, pod: Pod) -> None:
        asked = pod.requests
        lacking = ", ".join(self._machine.lacks(asked))
        if lacking and self._strict_resources:
            raise ValueError(f"a trial asks for {lacking}; --strict-resources refuses that")
        if lacking:
            _logger.warning("a trial asks for %s: it runs with what there is", lacking)
        self._fit = 1 if pod.is_exclusive else self._machine.trials_at_once(asked)

    def _cores(self, pod: Pod) -> int:
        machine = self._machine.cpu_cores
        asked = pod.resources.cpu_cores
        if asked is None:
            return max(1, machine // self._spec.parallel_trial_count)
        return max(1, min(machine, int(asked)))

    def _streams(self, task: TrialTask) -> Streams:
        reader = metric_reader(self._spec)
        try:
            task.folder.artefacts.mkdir(parents=True, exist_ok=True)
            return Streams(
                OutputStream(task.folder.stdout, reader), OutputStream(task.folder.stderr, reader)
            )
        except OSError as error:
            raise RunnerError(f"{task.folder.path}: {error.strerror}") from error

    def _living_server(self, program: Program) -> ProcessServer:
        if self._server is not None and self._server.alive:
            return self._server
        if self._server is not None:
            self._deaths = 1 if self._server.has_ended_trials else self._deaths + 1
            self._server.close()
            self._server = None
        if self._deaths >= _MOST_DEATHS_IN_A_ROW:
            raise RunnerError(
                f"the process that starts trials has died {self._deaths} times; "
                f"{self._folder.runner_log} may say why"
            )
        preload: list[str] = []
        if program.call is not None:
            preload = ["--component", program.argv[1]] if len(program.argv) > 1 else []
        control = Control(self._folder.runner_log, preload, dict(program.environment), self._lock)
        self._server = ProcessServer(control, self._events)
        return self._server


def _directory(pod: Pod) -> str | None:
    given = pod.container.get("workingDir")
    return str(given) if given and Path(given).is_dir() else None
