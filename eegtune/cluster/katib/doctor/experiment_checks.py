"""What can be seen at the Experiment itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.snapshot import Object, Snapshot, condition, is_over, name_of

INJECTION_LABEL = "katib.kubeflow.org/metrics-collector-injection"
_MOST_BYTES = 1_400_000
_MANY_BYTES = 700_000
# The controller meets these in passing, and tries again.
_PASSING = "object has been modified|already exists"


def check_existence(seen: Snapshot) -> Iterator[Complaint]:
    """Find that there is nothing of this name."""
    if seen.experiment is not None or seen.jobs or seen.pods or seen.controllers:
        return
    others = ", ".join(seen.other_names) or "none"
    without = "" if seen.has_katib else " This cluster has no Katib, so only Jobs were looked for."
    yield Complaint(
        "no-experiment",
        Harm.NOTHING_RUNS,
        f"There is no Experiment and no run {seen.name!r} in namespace {seen.namespace}.",
        f"There are: {others}.{without} An Experiment that the webhook refuses is never stored.",
        "Check the name and --namespace; after `kubectl apply`, read what the webhook said, or "
        "run `eegtune validate` on the file.",
    )


def check_namespace(seen: Snapshot) -> Iterator[Complaint]:
    """Find a namespace in which Katib puts no collector into pods."""
    if seen.experiment is None or seen.namespace_object is None:
        return
    labels = (seen.namespace_object.get("metadata") or {}).get("labels") or {}
    kind = ((seen.spec.get("metricsCollectorSpec") or {}).get("collector") or {}).get("kind")
    if labels.get(INJECTION_LABEL) == "enabled" or kind == "Push":
        return
    yield Complaint(
        "namespace-not-labelled",
        Harm.NOTHING_RUNS,
        f"The namespace {seen.namespace} is not labelled for metrics collection.",
        "Katib puts its collector only into pods of labelled namespaces; without it no metric "
        "is ever reported.",
        f"kubectl label namespace {seen.namespace} {INJECTION_LABEL}=enabled, then delete and "
        "apply the Experiment again.",
        (f"namespace/{seen.namespace}",),
    )


def check_references(seen: Snapshot) -> Iterator[Complaint]:
    """Find searched parameters that the template does not use."""
    template = seen.spec.get("trialTemplate") or {}
    used = {entry.get("reference") for entry in template.get("trialParameters") or ()}
    names = [parameter.get("name") for parameter in seen.spec.get("parameters") or ()]
    unused = [str(name) for name in names if name not in used]
    if not unused or seen.trials or seen.experiment is None:
        return
    yield Complaint(
        "unreferenced-parameter",
        Harm.NOTHING_RUNS,
        f"No trial can be made: {', '.join(unused)} is searched but not used by the template.",
        "Katib creates a trial only if every parameter is referenced by a trialParameter; the "
        "webhook does not check that.",
        f"Add a trialParameter with reference: {unused[0]} and use it in the command, or leave "
        "the parameter out; then delete and apply the Experiment again.",
        (f"experiment/{seen.name}",),
    )


def check_early_stopping(seen: Snapshot) -> Iterator[Complaint]:
    """Find early stopping whose trials are not kept: it stalls the Experiment."""
    template = seen.spec.get("trialTemplate") or {}
    is_stalling = seen.spec.get("earlyStopping") and not template.get("retain")
    if seen.experiment is None or not is_stalling:
        return
    stopped = int(seen.status.get("trialsEarlyStopped") or 0)
    has_stalled = stopped > 0 and not is_over(seen.experiment)
    yield Complaint(
        "early-stopping-without-retain",
        Harm.TRIALS_ARE_LOST if has_stalled else Harm.WORTH_KNOWING,
        "Early stopping is on, but stopped trials are not kept (retain: false).",
        f"{stopped} trials were stopped so far. Katib deletes such a trial's Job before it has "
        "read its metrics, and asks for one trial less each time, until it asks for none.",
        "Set spec.trialTemplate.retain: true and apply the Experiment under a new name.",
        (f"experiment/{seen.name}",),
    )


def check_failures(seen: Snapshot) -> Iterator[Complaint]:
    """Find an Experiment that has ended because too many trials failed."""
    failed = condition(seen.experiment, "Failed")
    if failed is None or condition(seen.suggestion, "Failed"):
        return
    limit = seen.spec.get("maxFailedTrialCount")
    lost = int(seen.status.get("trialsFailed") or 0)
    without = int(seen.status.get("trialMetricsUnavailable") or 0)
    yield Complaint(
        "too-many-failures",
        Harm.WORTH_KNOWING,
        f"The Experiment has ended: {lost} trials failed and {without} reported no metrics, "
        f"and maxFailedTrialCount is {limit}.",
        str(failed.get("message", "")),
        "Repair what the complaints about trials name, then apply the Experiment under a new "
        "name; a failed one cannot go on.",
        (f"experiment/{seen.name}",),
    )


def check_goal(seen: Snapshot) -> Iterator[Complaint]:
    """Find a goal that was reached by a trial without a number."""
    done = condition(seen.experiment, "Succeeded")
    goal = (seen.spec.get("objective") or {}).get("goal")
    best = _best_value(seen)
    if done is None or done.get("reason") != "ExperimentGoalReached" or goal is None:
        return
    is_minimum = (seen.spec.get("objective") or {}).get("type") == "minimize"
    if best is not None and (best <= goal if is_minimum else best >= goal):
        return
    yield Complaint(
        "goal-not-reached",
        Harm.RESULTS_ARE_WRONG,
        f"Katib says that the goal {goal} is reached, but the best trial does not reach it.",
        "A trial that printed a value which is no number (nan, None) counts as 0 for Katib.",
        f"Let the trial exit non-zero instead of printing {seen.metric}=nan, and apply the "
        "Experiment under a new name.",
        (f"experiment/{seen.name}",),
    )


def check_budget(seen: Snapshot) -> Iterator[Complaint]:
    """Find more trials than asked for, or an Experiment without an end."""
    if seen.experiment is None:
        return
    most = seen.spec.get("maxTrialCount")
    without = int(seen.status.get("trialMetricsUnavailable") or 0)
    if most is None:
        yield Complaint(
            "no-end",
            Harm.WORTH_KNOWING,
            "The Experiment has no maxTrialCount.",
            "It goes on until it is deleted; with a goal, Katib restarts it again and again.",
            "Set spec.maxTrialCount (it may be changed while the Experiment runs).",
            (f"experiment/{seen.name}",),
        )
    elif len(seen.trials) > int(most):
        yield Complaint(
            "more-trials-than-asked",
            Harm.WORTH_KNOWING,
            f"{len(seen.trials)} trials were made where maxTrialCount is {most}.",
            f"{without} trials reported no metrics; Katib counts those in one place and not in "
            "another.",
            "Nothing is wrong with the results; trials that report metrics do not do this.",
        )


def check_size(seen: Snapshot) -> Iterator[Complaint]:
    """Find a Suggestion object that comes near etcd's limit."""
    size = len(json.dumps(seen.suggestion)) if seen.suggestion else 0
    if size < _MANY_BYTES:
        return
    yield Complaint(
        "suggestion-too-large",
        Harm.NOTHING_RUNS if size > _MOST_BYTES else Harm.WORTH_KNOWING,
        f"The Suggestion object has {size / 1e6:.1f} MB; etcd takes 1.5 MB.",
        f"Every suggestion ever made ({len(seen.trials)} trials) stays in this one object.",
        "End this Experiment and go on with a new one whose setting warm_start is "
        f"katib://{seen.namespace}/{seen.name}.",
        (f"suggestion/{seen.name}",),
    )


def check_leftovers(seen: Snapshot) -> Iterator[Complaint]:
    """Find trials that still run although the Experiment has ended."""
    if not is_over(seen.experiment):
        return
    running = [
        name_of(job) for job in seen.jobs if int((job.get("status") or {}).get("active") or 0)
    ]
    if not running:
        return
    yield Complaint(
        "runs-after-the-end",
        Harm.WORTH_KNOWING,
        f"{len(running)} trials still run although the Experiment has ended.",
        "Katib does not stop running trials when an Experiment ends.",
        f"kubectl delete job -n {seen.namespace} {' '.join(running[:5])}, if their results are "
        "not wanted.",
        tuple(f"job/{name}" for name in running),
    )


def check_reconcile_errors(seen: Snapshot) -> Iterator[Complaint]:
    """Find what the controller itself could not do."""
    for kind, thing in (("Experiment", seen.experiment), ("Suggestion", seen.suggestion)):
        if thing is None or is_over(thing):
            continue
        texts = [str(e.get("message", "")) for e in seen.events_of(kind, seen.name)
                 if e.get("type") == "Warning"]  # fmt: skip
        texts = [text for text in texts if not re.search(_PASSING, text)]
        if texts:
            yield _controller_error(seen, kind, texts[-1])


def _controller_error(seen: Snapshot, kind: str, text: str) -> Complaint:
    problem, fix = "Katib's controller cannot go on.", "See the controller's words above."
    if re.search("unexpected trials|contains unexpected", text):
        problem = "The algorithm's service answers with another number of trials than asked for."
        fix = (
            "Katib's own hyperband does this whenever parallelTrialCount does not fit its rungs; "
            f"use the algorithm {seen.our_algorithm}, which always gives as many as asked for."
        )
    elif "failed to find suggestion config" in text:
        problem = f"Katib does not know the algorithm {seen.algorithm!r}."
        fix = (
            "Install our services with the chart (they add it to katib-config), or choose another."
        )
    elif "DeadlineExceeded" in text or "deadline exceeded" in text:
        problem = "The algorithm's service takes longer than Katib waits (60 s)."
        fix = (
            "Give it more CPU in katib-config (runtime.suggestions[].resources), or use "
            "eegtune-tpe instead of a Gaussian process."
        )
    elif "InvalidArgument" in text or "unknown setting" in text:
        problem = "The algorithm's service refuses the request."
        fix = "Correct spec.algorithm.algorithmSettings as it says; apply under a new name."
    elif "Unavailable" in text or "connection refused" in text:
        problem = "The algorithm's service cannot be reached."
        fix = (
            "Look at its pod: kubectl describe pod -l "
            f"katib.kubeflow.org/suggestion={seen.name} -n {seen.namespace}; a NetworkPolicy may "
            "keep the controller out."
        )
    elif "Unknown" in text:
        problem = "The algorithm's service has crashed while answering."
        fix = f"Use our service: algorithmName: {seen.our_algorithm}."
    return Complaint(
        "controller-error",
        Harm.NOTHING_RUNS,
        problem,
        text[:400],
        fix,
        (f"{kind.lower()}/{seen.name}",),
    )


def _best_value(seen: Snapshot) -> float | None:
    best: Object = seen.status.get("currentOptimalTrial") or {}
    for metric in (best.get("observation") or {}).get("metrics") or ():
        if metric.get("name") == seen.metric:
            is_minimum = (seen.spec.get("objective") or {}).get("type") == "minimize"
            for key in ("min" if is_minimum else "max", "latest"):
                try:
                    return float(metric.get(key, ""))
                except ValueError:
                    continue
    return None
