"""What can be seen of a run by Jobs, without Katib: its loop in the cluster, its metric lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.metrics_checks import explain_lines
from eegtune.cluster.katib.doctor.pod_checks import describe_pod, refused_by_the_cluster
from eegtune.cluster.katib.doctor.snapshot import (
    Object,
    Snapshot,
    condition,
    container_states,
    is_over,
    last_lines,
    name_of,
    terminated,
)
from eegtune.metrics.observation import finite_number
from eegtune.metrics.reader import TextReader


def check_controller(seen: Snapshot) -> Iterator[Complaint]:
    """Find what is wrong with the pod that runs a detached run's loop."""
    for job in seen.controllers:
        if not seen.controller_pods and not is_over(job):
            for event in seen.events_of("Job", name_of(job)):
                if event.get("reason") == "FailedCreate":
                    text = str(event.get("message", ""))
                    yield _of_the_run(refused_by_the_cluster(seen, text, f"job/{name_of(job)}"))
                    break
        if condition(job, "Complete"):
            return
    for pod in seen.controller_pods:
        for complaint in describe_pod(seen, pod):
            yield _of_the_run(replace(complaint, cause=_words(seen, pod) or complaint.cause))


def check_metrics(seen: Snapshot) -> Iterator[Complaint]:
    """Find trials of a run by Jobs that ended well without the objective's metric."""
    if seen.experiment is not None or not seen.metric:
        return
    for pod in seen.pods:
        if _has_ended_well(pod) and not _has_number(seen, pod):
            cause, fix = explain_lines(seen.metric, seen.trial_log(pod))
            yield Complaint(
                "metrics-unavailable",
                Harm.TRIALS_ARE_LOST,
                f"Trials ended well but reported no {seen.metric}.",
                cause,
                fix,
                (f"pod/{name_of(pod)}",),
            )


def _of_the_run(complaint: Complaint) -> Complaint:
    return replace(
        complaint,
        rule=f"run-{complaint.rule}",
        harm=Harm.NOTHING_RUNS,
        problem=f"The Job that runs the search does not run: {complaint.problem}",
    )


def _words(seen: Snapshot, pod: Object) -> str:
    """Return what the loop said last, which names the cause better than its exit code."""
    names = [name for name, state in container_states(pod) if terminated(state)]
    return last_lines("\n".join(seen.log(pod, name) for name in names), 2)


def _has_ended_well(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") == "Succeeded"


def _has_number(seen: Snapshot, pod: Object) -> bool:
    source = (seen.spec.get("metricsCollectorSpec") or {}).get("source") or {}
    if source:  # a file or filters of its own: what is in the log says nothing
        return True
    reader = TextReader([seen.metric])
    lines = seen.trial_log(pod).splitlines()
    return any(finite_number(one.text) is not None for line in lines for one in reader.read(line))
