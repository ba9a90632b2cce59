"""Everything the doctor looks at, read once, as plain objects of the API server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eegtune.spec.katib_config import own_config

Object = Mapping[str, Any]

_PREFIX = re.compile(r"[IWEF]\d{4} [\d:.]+ +\d+ [\w-]+\.go:\d+")
_OWN_NOTES = (
    "Trial Name:",
    "Metrics reported",
    "Training container is early stopped",
    "Trial status is successfully updated",
)
COLLECTORS = ("metrics-logger-and-collector", "metrics-collector")


@dataclass(frozen=True)
class Snapshot:
    """The objects of one Experiment, and of its surroundings.

    Attributes:
        name: The Experiment's name.
        namespace: Where it is.
        has_katib: Whether the cluster knows Katib's resources.
        experiment: The Experiment object; None for a run by Jobs, or where there is none.
        run_experiment: What a run by Jobs searches, where that is known; it has no status.
        controllers: The Jobs that run the loop of a detached run.
        controller_pods: Their pods.
        suggestion: The Suggestion object.
        namespace_object: The Namespace.
        katib_config: What `katib-config.yaml` holds; empty where it cannot be read.
        trials: The Trial objects.
        jobs: The Jobs of the trials.
        pods: The pods of the trials.
        suggestion_pods: The pods of the suggestion Deployment.
        events: The Events about any of these, the oldest first.
        logs: The last lines of containers, by pod and container.
        other_names: Experiments and runs there are beside it.
        taken: When it was taken; None where that is not known.
    """

    name: str
    namespace: str
    has_katib: bool = True
    experiment: Object | None = None
    run_experiment: Object | None = None
    controllers: Sequence[Object] = ()
    controller_pods: Sequence[Object] = ()
    suggestion: Object | None = None
    namespace_object: Object | None = None
    katib_config: Object = field(default_factory=dict)
    trials: Sequence[Object] = ()
    jobs: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    suggestion_pods: Sequence[Object] = ()
    events: Sequence[Object] = ()
    logs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    other_names: Sequence[str] = ()
    taken: datetime | None = None

    def is_young(self, thing: Object, seconds: float) -> bool:
        """Say whether an object was made less than so many seconds before."""
        made = (thing.get("metadata") or {}).get("creationTimestamp")
        if made is None or self.taken is None:
            return False
        return (self.taken - datetime.fromisoformat(str(made))).total_seconds() < seconds

    @property
    def spec(self) -> Object:
        """The Experiment's spec; empty where there is no Experiment."""
        return (self.experiment or self.run_experiment or {}).get("spec") or {}

    @property
    def status(self) -> Object:
        """The Experiment's status."""
        return (self.experiment or {}).get("status") or {}

    @property
    def metric(self) -> str:
        """The objective metric's name."""
        return str((self.spec.get("objective") or {}).get("objectiveMetricName", ""))

    @property
    def algorithm(self) -> str:
        """The algorithm's name."""
        return str((self.spec.get("algorithm") or {}).get("algorithmName", ""))

    @property
    def our_algorithm(self) -> str:
        """What to use instead: our service of the algorithm, or another where there is none."""
        has_it = self.algorithm in own_config().suggestions
        return f"eegtune-{self.algorithm if has_it else 'tpe'}"

    def events_of(self, kind: str, name: str) -> Iterator[Object]:
        """Yield the Events about one object."""
        for event in self.events:
            about = event.get("involvedObject") or {}
            if about.get("kind") == kind and about.get("name") == name:
                yield event

    def log(self, pod: Object, container: str) -> str:
        """Return the last lines of a container; empty where they could not be read."""
        return self.logs.get((name_of(pod), container), "")

    def pods_of(self, trial_or_job: str) -> list[Object]:
        """Return the pods of a trial, or of a Job of the same name."""
        keys = ("katib.kubeflow.org/trial", "job-name", "batch.kubernetes.io/job-name")
        return [p for p in self.pods if any(labels_of(p).get(k) == trial_or_job for k in keys)]

    def trial_log(self, pod: Object) -> str:
        """Return what a trial printed: beside a collector it is in the collector's log."""
        texts = [
            split_collector_log(self.log(pod, name))[0]
            if name in COLLECTORS
            else without_wrapper(self.log(pod, name))
            for name in container_names(pod)
        ]
        return "\n".join(text for text in texts if text)


def name_of(thing: Object) -> str:
    """Return an object's name."""
    return str((thing.get("metadata") or {}).get("name", ""))


def labels_of(thing: Object) -> Mapping[str, str]:
    """Return an object's labels."""
    return (thing.get("metadata") or {}).get("labels") or {}


def condition(thing: Object | None, kind: str) -> Object | None:
    """Return an object's condition of a type, if it is true."""
    for entry in ((thing or {}).get("status") or {}).get("conditions") or ():
        if entry.get("type") == kind and entry.get("status") == "True":
            found: Object = entry
            return found
    return None


def is_over(thing: Object | None) -> bool:
    """Say whether an Experiment, Trial or Job has ended."""
    ends = ("Succeeded", "Failed", "Complete", "Killed", "EarlyStopped", "MetricsUnavailable")
    return any(condition(thing, kind) for kind in ends)


def container_names(pod: Object) -> list[str]:
    """Return the names of a pod's containers, init containers first."""
    spec = pod.get("spec") or {}
    return [c["name"] for key in ("initContainers", "containers") for c in spec.get(key) or ()]


def container_states(pod: Object) -> Iterator[tuple[str, Object]]:
    """Yield each container's name and status, init containers first."""
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for entry in status.get(key) or ():
            yield entry["name"], entry


def terminated(state: Object) -> Object | None:
    """Return how a container ended, now or before its last restart."""
    for key in ("state", "lastState"):
        ended = (state.get(key) or {}).get("terminated")
        if ended:
            found: Object = ended
            return found
    return None


def waiting(state: Object) -> Object | None:
    """Return why a container does not run yet."""
    found: Object | None = (state.get("state") or {}).get("waiting")
    return found


def split_collector_log(text: str) -> tuple[str, str]:
    """Return what a collector has shown of the trial, and what it says itself.

    >>> split_collector_log("I1121 07:48:09.6     19 main.go:183] hello")
    ('hello', '')
    """
    trial: list[str] = []
    own: list[str] = []
    speaker = trial
    for line in text.splitlines():
        head, mark, rest = line.partition("] ")
        if not (mark and _PREFIX.fullmatch(head)):
            speaker.append(line)  # the second and later lines of a longer message
            continue
        is_shown = head[0] == "I" and "main.go:" in head and not rest.startswith(_OWN_NOTES)
        speaker = trial if is_shown else own
        speaker.append(rest)
    return "\n".join(trial), "\n".join(own)


def without_wrapper(text: str) -> str:
    """Leave out what Katib's command wrapping itself prints."""
    return "\n".join(
        line for line in text.splitlines() if not line.startswith("Training Container was ")
    )


def last_lines(text: str, count: int = 3) -> str:
    """Return the last lines that say something, in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-count:])[:500]
