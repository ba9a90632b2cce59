"""One attempt of one trial as a Job: made, watched, its log followed, cleared away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from typing import Any, NamedTuple

from eegtune.cluster.jobs.access import Access, insist, is_passing, said
from eegtune.cluster.jobs.following import Following
from eegtune.cluster.jobs.manifest import RUN_LABEL
from eegtune.cluster.jobs.standing import (
    HasEnded,
    Impossible,
    Runs,
    Standing,
    Waits,
    standing_of,
)
from eegtune.execution.events import Ended, EventQueue, Execution, Lines, Started
from eegtune.execution.output import OutputStream
from eegtune.execution.runner import RunnerError

_TICK_SECONDS = 1.0
_EVENTS_EVERY_SECONDS = 5.0
# How long what cannot be is waited for: a Secret may follow its Experiment by a moment, and
# kubelet asks a registry again after ten seconds.
_PATIENCE_SECONDS = 5.0
_PATIENCE_WITH_WHAT_MAY_PASS_SECONDS = 12.0
_LOG_SECONDS = 20.0

_logger = logging.getLogger(__name__)


class Change(NamedTuple):
    """An object of this attempt has changed."""

    kind: str
    object: Mapping[str, Any]
    is_gone: bool


class Attempt:
    """Runs one Job in a thread of its own, from its creation to its end.

    Args:
        access: The API.
        execution: Which attempt of which trial.
        job: The Job to make.
        container: Whose log holds the metric lines.
        output: Where the log goes.
        events: What the loop hears.
        retain: Whether the Job stays.
        impossible: Called with the reason where no trial of this template can run.
        waits: Called with the trial and the reason where it waits: for room, for quota.
    """

    def __init__(
        self,
        access: Access,
        execution: Execution,
        job: dict[str, Any],
        container: str,
        output: OutputStream,
        events: EventQueue,
        retain: bool,
        impossible: Callable[[str], None],
        waits: Callable[[str, str], None],
    ) -> None:
        self._access, self._execution, self._job = access, execution, job
        self._container, self._output, self._events = container, output, events
        self._retain, self._impossible, self._waits = retain, impossible, waits
        self.name: str = job["metadata"]["name"]
        self._changes: Queue[Change | None] = Queue()
        self._seen_job: Mapping[str, Any] = {}
        self._pods: dict[str, Mapping[str, Any]] = {}
        self._said: list[Mapping[str, Any]] = []
        self._asked_at = 0.0
        self._following: Following | None = None
        self._has_started = False
        self._stopping = threading.Event()
        self._quiet = self._is_hasty = False
        self._told = ""
        self._impossible_since: float | None = None
        self._patience_seconds = _PATIENCE_SECONDS
        self._thread = threading.Thread(target=self._run, name=f"job-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def change(self, kind: str, found: Mapping[str, Any], is_gone: bool) -> None:
        """Hear of a change of the Job or of one of its pods."""
        self._changes.put(Change(kind, found, is_gone))

    def stop(self, grace_seconds: float) -> None:
        """Delete the Job; its pods get SIGTERM, and SIGKILL after the template's grace period."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._changes.put(None)

    def abandon(self, at_most_seconds: float, *, is_hasty: bool = False) -> None:
        """Delete the Job and say no more.

        Args:
            at_most_seconds: How long its end is waited for.
            is_hasty: Whether nothing runs that would have to end first.
        """
        self._quiet, self._is_hasty = True, is_hasty
        self.stop(0)
        self._thread.join(at_most_seconds)

    def _run(self) -> None:
        try:
            if not self._create():
                return
            ended = self._watch()
        except Exception as error:  # the loop must hear of an end, whatever happens here
            _logger.exception("job %s", self.name)
            ended = HasEnded(why=f"{type(error).__name__}: {error}", lost=True)
        if self._following is not None:
            self._following.finish(_LOG_SECONDS)
        self._put_lines(self._output.finish())
        if not self._retain or self._stopping.is_set() or ended.lost:
            self._delete()
        self._end(ended)

    def _create(self) -> bool:
        try:
            self._insist_on_quota(self._post)
        except Exception as error:
            why = f"job {self.name} cannot be made in {self._access.namespace}: {said(error)}"
            if not is_passing(error):
                self._impossible(why)
            self._output.finish()
            self._end(HasEnded(why=why, lost=True))
            return False
        return True

    def _post(self) -> None:
        try:
            self._access.create_job(self._job, _request_timeout=30)
        except Exception as error:
            if getattr(error, "status", None) != 409:
                raise
            found = self._access.batch.read_namespaced_job(
                self.name, self._access.namespace, _request_timeout=30
            )
            labels = found.metadata.labels or {}
            if labels.get(RUN_LABEL) != self._job["metadata"]["labels"][RUN_LABEL]:
                raise RunnerError(
                    f"another run has made a Job of this name. Delete it (kubectl delete job "
                    f"{self.name} -n {self._access.namespace}), or give this run another name "
                    "(--set metadata.name=NAME)"
                ) from error
            # else an earlier call of ours got through, though its answer did not

    def _insist_on_quota(self, call: Callable[[], None]) -> None:
        """Call until the namespace's quota of Jobs has room."""
        while True:
            try:
                return insist(call, f"job {self.name}", is_given_up=self._stopping.is_set)
            except Exception as error:
                if "exceeded quota" not in said(error) or self._stopping.is_set():
                    raise
                why = f"the namespace's quota is used up: {said(error)}"
                if why != self._told:
                    self._told = why
                    self._waits(self._execution.trial, why)
                self._stopping.wait(_EVENTS_EVERY_SECONDS)

    def _watch(self) -> HasEnded:
        while True:
            try:
                change = self._changes.get(timeout=_TICK_SECONDS)
            except Empty:
                pass
            else:
                if change is None:
                    self._delete()
                    if self._is_hasty:
                        return self._gone()
                elif self._take(change):
                    return self._gone()
            standing = self._standing()
            if self._stopping.is_set() and not self._pods and not self._seen_job:
                return self._gone()
            if isinstance(standing, HasEnded):
                if standing.exit_code is not None:  # it may have run between two looks
                    self._act(Runs(standing.pod))
                return standing
            self._act(standing)
            if self._has_waited_in_vain():
                return HasEnded(why=self._told, lost=True)

    def _take(self, change: Change) -> bool:
        """Note a change; return whether nothing of the Job is left."""
        name = change.object["metadata"]["name"]
        if change.kind == "Job":
            self._seen_job = {} if change.is_gone else change.object
            return change.is_gone and not self._pods
        if change.is_gone:
            self._pods.pop(name, None)
            return not self._pods and (self._stopping.is_set() or self._is_job_gone())
        self._pods[name] = change.object
        return False

    def _is_job_gone(self) -> bool:
        return self._has_started and not self._seen_job

    def _gone(self) -> HasEnded:
        why = "stopped" if self._stopping.is_set() else f"somebody deleted job {self.name}"
        return HasEnded(why=why, lost=not self._stopping.is_set())

    def _standing(self) -> Standing:
        if not self._seen_job:
            return Waits()
        running = any(
            (pod.get("status") or {}).get("phase") == "Running" for pod in self._pods.values()
        )
        if not running and time.monotonic() - self._asked_at > _EVENTS_EVERY_SECONDS:
            self._asked_at = time.monotonic()
            self._said = self._ask_events()
        return standing_of(self._seen_job, list(self._pods.values()), self._said, self._container)

    def _ask_events(self) -> list[Mapping[str, Any]]:
        import json

        try:
            answer = self._access.core.list_namespaced_event(
                self._access.namespace, field_selector=f"involvedObject.name={self.name}",
                _preload_content=False, _request_timeout=10,
            )  # fmt: skip
            found: list[Mapping[str, Any]] = json.loads(answer.data)["items"]
        except Exception as error:  # the reason is a courtesy, and takes a right of its own
            _logger.debug("events of %s: %s", self.name, said(error))
            return self._said
        return found

    def _act(self, standing: Standing) -> None:
        if isinstance(standing, Runs):
            self._impossible_since = None
            if not self._has_started:
                self._has_started = True
                self._put(Started(self._execution))
            self._follow(standing.pod)
        elif isinstance(standing, Impossible):
            if self._impossible_since is None:
                self._impossible_since = time.monotonic()
            self._told = standing.why
            self._patience_seconds = (
                _PATIENCE_WITH_WHAT_MAY_PASS_SECONDS if standing.may_pass else _PATIENCE_SECONDS
            )
        elif isinstance(standing, Waits) and standing.why and standing.why != self._told:
            self._told = standing.why
            self._waits(self._execution.trial, standing.why)

    def _has_waited_in_vain(self) -> bool:
        """Whether what cannot be has stayed so for a while: kubelet tries a few times itself."""
        since = self._impossible_since
        if since is None or time.monotonic() - since < self._patience_seconds:
            return False
        self._impossible(self._told)
        return True

    def _follow(self, pod: str) -> None:
        if self._following is not None and self._following.pod == pod:
            return
        if self._following is not None:  # the Job has made another pod: the first one is over
            self._following.finish(_LOG_SECONDS)
        self._following = Following(
            self._access.core, self._access.namespace, pod, self._container, self._feed
        )

    def _feed(self, data: bytes) -> None:
        self._put_lines(self._output.feed(data))

    def _put_lines(self, lines: list[str]) -> None:
        if lines:
            self._put(Lines(self._execution, tuple(lines)))

    def _put(self, event: Started | Lines | Ended) -> None:
        if not self._quiet:
            self._events.put(event)

    def _end(self, ended: HasEnded) -> None:
        message = "\n".join(each for each in (self._output.last_lines, ended.why) if each)
        code = ended.exit_code
        signal = code - 128 if code is not None and code > 128 else None
        exit_code = None if signal is not None else code
        self._put(Ended(self._execution, exit_code, signal, message, ended.lost))

    def _delete(self) -> None:
        def call() -> None:
            try:
                self._access.batch.delete_namespaced_job(
                    self.name, self._access.namespace, propagation_policy="Background",
                    _request_timeout=30,
                )  # fmt: skip
            except Exception as error:
                if getattr(error, "status", None) != 404:
                    raise

        try:
            insist(call, f"deleting job {self.name}", at_most_seconds=60)
        except Exception as error:
            _logger.warning("job %s could not be deleted: %s", self.name, said(error))
