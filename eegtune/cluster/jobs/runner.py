"""Run an Experiment's trials as Kubernetes Jobs."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from eegtune.cluster.jobs.access import Access, insist, said
from eegtune.cluster.jobs.attempt import Attempt
from eegtune.cluster.jobs.detached import owner_of
from eegtune.cluster.jobs.manifest import RUN_LABEL, JobSettings, job_of
from eegtune.cluster.jobs.watching import Watching
from eegtune.execution.events import EventQueue, Execution
from eegtune.execution.output import OutputStream
from eegtune.execution.run import MakeRunner, RunOptions
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import RunnerError, TrialTask
from eegtune.metrics.reader import metric_reader
from eegtune.spec.experiment import Experiment, ExperimentSpec

IDENTITY_FILE = "kubernetes-run"
_CLOSE_SECONDS = 30.0

_logger = logging.getLogger(__name__)

Waits = Callable[[str, str], None]
"""Told the name of a trial and why it waits."""


def log_waiting(trial: str, why: str) -> None:
    """Log why a trial waits."""
    _logger.warning("trial %s waits: %s", trial, why)


@dataclass(frozen=True, slots=True)
class JobHandle:
    """A trial that runs as a Job."""

    attempt: Attempt

    def stop(self, grace_seconds: float) -> None:
        """Delete the Job; its pod gets the template's terminationGracePeriodSeconds."""
        self.attempt.stop(grace_seconds)


class JobRunner:
    """Runs the trials of one Experiment as Jobs.

    Args:
        spec: The Experiment.
        folder: The run's folder; what tells its Jobs from others is kept in it.
        events: What the loop hears.
        access: The cluster's API.
        owner: With which object the Jobs are deleted.
        waits: Called with a trial and why it waits; by default it is logged.
    """

    def __init__(
        self,
        spec: ExperimentSpec,
        folder: RunFolder,
        events: EventQueue,
        access: Access,
        owner: Mapping[str, Any] | None = None,
        waits: Waits = log_waiting,
    ) -> None:
        self._spec, self._events, self._access, self._waits = spec, events, access, waits
        template = spec.trial_template
        self._settings = JobSettings(
            _run_identity(folder), access.namespace, template.primary_container_name,
            bool(template.retain), owner,
        )  # fmt: skip
        self._attempts: dict[str, Attempt] = {}
        self._lock = threading.Lock()
        self._fault = ""
        selector = f"{RUN_LABEL}={self._settings.run}"
        self._watches = [
            Watching(kind, partial(call, access.namespace), selector, self._changed)
            for kind, call in (
                ("Job", access.batch.list_namespaced_job),
                ("Pod", access.core.list_namespaced_pod),
            )
        ]

    def prepare(self, job: Mapping[str, Any]) -> None:
        """Clear away what an earlier process of this run left, and watch.

        Raises:
            RunnerError: The API server cannot be asked.
        """
        try:
            self._clear_leftovers()
        except Exception as error:
            raise RunnerError(
                f"the Jobs of this run cannot be listed in {self._access.namespace}: {said(error)}"
            ) from error
        for watch in self._watches:
            watch.start()

    @property
    def trials_at_once(self) -> int | None:
        """The cluster decides: trials that find no room wait."""
        return None

    def ended(self, execution: Execution) -> None:
        """Nothing is held for a trial that has ended."""

    def start(self, task: TrialTask) -> JobHandle:
        """Make a trial's Job, in the background.

        Raises:
            RunnerError: The template is no Job, no trial of it can run, or the disk takes no log.
        """
        if self._fault:
            raise RunnerError(self._fault)
        job = job_of(task, self._settings)
        try:
            task.folder.path.mkdir(parents=True, exist_ok=True)
            output = OutputStream(task.folder.stdout, metric_reader(self._spec))
        except OSError as error:
            raise RunnerError(f"{task.folder.path}: {error.strerror}") from error
        attempt = Attempt(
            self._access, task.execution, job, self._settings.primary_container, output,
            self._events, self._settings.retain, self._cannot_run, self._waits,
        )  # fmt: skip
        with self._lock:
            self._attempts[attempt.name] = attempt
        attempt.start()
        return JobHandle(attempt)

    def close(self) -> None:
        """Delete the Jobs that still run."""
        with self._lock:
            attempts = list(self._attempts.values())
        # Where no trial can run there is no process whose end is to be waited for.
        is_hasty = bool(self._fault)
        for seconds in (0.0, _CLOSE_SECONDS):
            for attempt in attempts:
                attempt.abandon(seconds, is_hasty=is_hasty)
        for watch in self._watches:
            watch.stop()

    def _cannot_run(self, why: str) -> None:
        self._fault = why

    def _changed(self, kind: str, found: Mapping[str, Any], is_gone: bool) -> None:
        labels = found["metadata"].get("labels") or {}
        name = found["metadata"]["name"] if kind == "Job" else labels.get("job-name", "")
        with self._lock:
            attempt = self._attempts.get(name)
        if attempt is not None:
            attempt.change(kind, found, is_gone)

    def _clear_leftovers(self) -> None:
        """Delete Jobs that a process of this run left when it was killed: they run again."""
        listed = insist(
            lambda: self._access.batch.list_namespaced_job(
                self._access.namespace, label_selector=f"{RUN_LABEL}={self._settings.run}",
                _request_timeout=30,
            ),
            "the Jobs of this run",
        )  # fmt: skip
        for job in listed.items:
            if job.status.completion_time is not None and self._settings.retain:
                continue
            _logger.info("deleting job %s, which was left over", job.metadata.name)
            self._access.batch.delete_namespaced_job(
                job.metadata.name, self._access.namespace, propagation_policy="Foreground"
            )


def jobs_in(access: Access, waits: Waits = log_waiting) -> MakeRunner:
    """Return what `run_experiment` makes its runner with.

    The Jobs vanish with the Job in which this process runs, if it runs in one of ours.
    """
    owner = owner_of(os.environ)

    def make(
        experiment: Experiment,
        folder: RunFolder,
        events: EventQueue,
        lock: int,
        options: RunOptions,
    ) -> JobRunner:
        return JobRunner(experiment.spec, folder, events, access, owner, waits)

    return make


def _run_identity(folder: RunFolder) -> str:
    """Return what the run's Jobs are labelled with: made once, kept in the folder."""
    path = folder.path / IDENTITY_FILE
    if not path.exists():
        folder.path.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(8), "utf-8")
    return path.read_text("utf-8").strip()
