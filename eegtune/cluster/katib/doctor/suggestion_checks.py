"""What can be seen at the algorithm's service: its pod, its refusals, its suggestions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.pod_checks import describe_pod, refused_by_the_cluster
from eegtune.cluster.katib.doctor.snapshot import (
    Object,
    Snapshot,
    condition,
    container_names,
    is_over,
    labels_of,
    last_lines,
    name_of,
)

OWN_SETTINGS = (
    "objectives", "constraints", "outcome_constraints", "conditions", "warm_start",
    "resource", "min_resource", "max_resource", "reduction_factor",
)  # fmt: skip
_EARLY_STOPPING = "early-stopping"
# A healthy cluster makes a Deployment's pod in less.
_SECONDS_TO_MAKE_A_POD = 30.0


def check_refusal(seen: Snapshot) -> Iterator[Complaint]:
    """Find that the service has refused the Experiment."""
    refused = condition(seen.suggestion, "Failed")
    if refused is None:
        return
    text = str(refused.get("message", ""))
    mine = [
        str(setting.get("name"))
        for setting in (seen.spec.get("algorithm") or {}).get("algorithmSettings") or ()
        if setting.get("name") in OWN_SETTINGS
    ]
    fix = "Correct spec.algorithm as it says, and apply the Experiment under a new name."
    if mine and not seen.algorithm.startswith("eegtune-") and "eegtune" not in text:
        fix = (
            f"{', '.join(mine)} is a setting of our services: write algorithmName: "
            f"{seen.our_algorithm}, and apply the Experiment under a new name."
        )
    yield Complaint(
        "settings-refused",
        Harm.NOTHING_RUNS,
        f"The service of algorithm {seen.algorithm} has refused the Experiment.",
        text,
        fix,
        (f"suggestion/{seen.name}",),
    )


def check_algorithm(seen: Snapshot) -> Iterator[Complaint]:
    """Find an algorithm that Katib's configuration does not have."""
    known = [str(e.get("algorithmName")) for e in _runtime(seen).get("suggestions") or ()]
    is_served = bool(seen.suggestion_pods) or is_over(seen.experiment)
    if seen.experiment is None or not known or seen.algorithm in known or is_served:
        return
    yield Complaint(
        "algorithm-not-registered",
        Harm.NOTHING_RUNS,
        f"Katib does not know the algorithm {seen.algorithm!r}.",
        f"katib-config has {', '.join(sorted(known))}.",
        "Install our chart, which registers our algorithms, or choose one of these.",
        ("configmap/katib-config",),
    )


def check_pod(seen: Snapshot) -> Iterator[Complaint]:
    """Find what is wrong with the service's pod."""
    if is_over(seen.experiment):
        return
    for pod in seen.suggestion_pods:
        for complaint in describe_pod(seen, pod):
            yield Complaint(
                f"service-{complaint.rule}",
                Harm.NOTHING_RUNS,
                f"The service of algorithm {seen.algorithm} does not run: {complaint.problem}",
                complaint.cause,
                _service_fix(complaint),
                complaint.objects,
            )


def check_absence(seen: Snapshot) -> Iterator[Complaint]:
    """Find a Suggestion without any pod."""
    is_waiting = seen.suggestion is not None and not is_over(seen.suggestion)
    if not is_waiting or seen.suggestion_pods or is_over(seen.experiment):
        return
    if condition(seen.suggestion, "Failed") or seen.trials:
        return
    deployment = f"{seen.name}-{seen.algorithm}"
    refused = [
        str(event.get("message", ""))
        for event in seen.events
        if event.get("reason") == "FailedCreate"
        and str((event.get("involvedObject") or {}).get("name", "")).startswith(deployment)
    ]
    if refused:
        found = refused_by_the_cluster(seen, refused[-1], f"deployment/{deployment}")
        yield replace(
            found,
            rule=f"service-{found.rule}",
            problem=f"The service of algorithm {seen.algorithm} gets no pod: {found.problem}",
            fix=_refused_fix(seen, found),
        )
        return
    if seen.is_young(seen.suggestion or {}, _SECONDS_TO_MAKE_A_POD):
        return
    yield Complaint(
        "service-without-pod",
        Harm.NOTHING_RUNS,
        f"The service of algorithm {seen.algorithm} has no pod.",
        "The Deployment has made none: a quota, a policy or a service account that does not "
        "exist keeps it from doing so.",
        f"kubectl describe replicaset -n {seen.namespace} -l katib.kubeflow.org/suggestion="
        f"{seen.name} has the reason.",
        (f"deployment/{seen.name}-{seen.algorithm}",),
    )


def check_service_errors(seen: Snapshot) -> Iterator[Complaint]:
    """Find crashes while answering, in the service's own log."""
    for pod in seen.suggestion_pods:
        for container in container_names(pod):
            text = seen.log(pod, container)
            if container == _EARLY_STOPPING and re.search("PERMISSION_DENIED|403|orbidden", text):
                yield _no_rights(seen, pod, text)
            elif "Exception calling application" in text:
                yield _crash(seen, pod, text)


def check_values(seen: Snapshot) -> Iterator[Complaint]:
    """Find suggested values that lie outside of the space."""
    bad: list[tuple[str, str, str]] = []
    specs = {p.get("name"): p for p in seen.spec.get("parameters") or ()}
    for trial in seen.trials:
        for entry in (trial.get("spec") or {}).get("parameterAssignments") or ():
            spec = specs.get(entry.get("name"))
            if spec is not None and not _is_inside(spec, str(entry.get("value"))):
                bad.append((name_of(trial), str(entry["name"]), str(entry["value"])))
    if not bad:
        return
    _, name, value = bad[0]
    yield Complaint(
        "value-outside",
        Harm.RESULTS_ARE_WRONG,
        f"{len({trial for trial, _, _ in bad})} trials got values outside of the space, such as "
        f"{name}={value}.",
        "Some of Katib's own services ignore steps, distributions or bounds.",
        f"Use our service: algorithmName: {seen.our_algorithm}.",
        tuple(f"trial/{trial}" for trial in dict.fromkeys(trial for trial, _, _ in bad)),
    )


def check_duplicates(seen: Snapshot) -> Iterator[Complaint]:
    """Find configurations that were tried more than once without a reason."""
    points = Counter(
        tuple(
            (a.get("name"), a.get("value"))
            for a in trial["spec"].get("parameterAssignments") or ()
        )
        for trial in seen.trials
        if "eegtune.dev/repeat" not in labels_of(trial)
    )
    repeats = sum(count - 1 for count in points.values())
    if repeats < 2 or repeats * 5 < len(seen.trials):
        return
    yield Complaint(
        "duplicates",
        Harm.RESULTS_ARE_WRONG,
        f"{repeats} of {len(seen.trials)} trials repeat another one's values.",
        "Katib's own tpe gives one point to all trials that run in parallel, and its random "
        "search repeats points of small spaces.",
        f"Use our service, which does not: algorithmName: {seen.our_algorithm}.",
    )


def _refused_fix(seen: Snapshot, complaint: Complaint) -> str:
    if complaint.rule == "pod-security":
        return (
            "Give the algorithm's entry in katib-config a securityContext that the namespace "
            "allows (our chart's entries have one), or run the Experiment in another namespace."
        )
    if complaint.rule == "quota":
        return "Ask for a larger ResourceQuota: the algorithm's service needs a pod too."
    return complaint.fix


def _service_fix(complaint: Complaint) -> str:
    where = f"runtime.suggestions[] in the ConfigMap katib-config ({complaint.rule})"
    if complaint.rule == "out-of-memory":
        return f"Raise the memory limit of the algorithm in {where}; 512Mi is enough for ours."
    if complaint.rule == "image":
        return f"Correct the image of the algorithm in {where}, or load it onto the nodes."
    return complaint.fix


def _no_rights(seen: Snapshot, pod: Object, text: str) -> Complaint:
    line = next((one for one in text.splitlines() if "403" in one or "DENIED" in one), "")
    return Complaint(
        "early-stopping-rights",
        Harm.TRIALS_ARE_LOST,
        "Trials that were stopped early are not marked as such.",
        line.strip()[:300] or last_lines(text),
        "Allow the suggestion's service account to get trials and to patch trials/status in "
        f"namespace {seen.namespace}; our chart makes this Role.",
        (f"pod/{name_of(pod)}",),
    )


def _crash(seen: Snapshot, pod: Object, text: str) -> Complaint:
    line = [one for one in text.splitlines() if "Exception calling application" in one][-1]
    return Complaint(
        "service-crash",
        Harm.NOTHING_RUNS,
        f"The service of algorithm {seen.algorithm} fails at every call.",
        line.strip()[-300:],
        f"Use our service: algorithmName: {seen.our_algorithm}.",
        (f"pod/{name_of(pod)}",),
    )


def _runtime(seen: Snapshot) -> Object:
    runtime: Object = seen.katib_config.get("runtime") or {}
    return runtime


def _is_inside(spec: Object, text: str) -> bool:
    space = spec.get("feasibleSpace") or {}
    if spec.get("parameterType") == "categorical":
        return text in (space.get("list") or ())
    try:
        value = float(text)
        if spec.get("parameterType") == "discrete":
            return value in [float(one) for one in space.get("list") or ()]
        low, high = float(space.get("min", "-inf")), float(space.get("max", "inf"))
    except ValueError:
        return False
    slack = 1e-9 * max(abs(low), abs(high), 1e-300)
    return math.isfinite(value) and low - slack <= value <= high + slack
