"""Why a trial that ended well has no metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.snapshot import (
    COLLECTORS,
    Object,
    Snapshot,
    condition,
    container_names,
    is_over,
    last_lines,
    name_of,
)


def check_metrics(seen: Snapshot) -> Iterator[Complaint]:
    """Find trials without metrics, and say what their lines look like instead."""
    for trial in seen.trials:
        if condition(trial, "MetricsUnavailable"):
            yield _unavailable(seen, trial)


def check_unreported(seen: Snapshot) -> Iterator[Complaint]:
    """Find trials whose Job is done and whose metrics Katib still waits for."""
    jobs = {name_of(job): job for job in seen.jobs}
    for trial in seen.trials:
        job = jobs.get(name_of(trial))
        if job is None or is_over(trial) or not condition(job, "Complete"):
            continue
        pods = seen.pods_of(name_of(trial))
        has_collector = any(name in COLLECTORS for p in pods for name in container_names(p))
        yield (
            _no_collector(seen, trial) if pods and not has_collector else _not_stored(trial, pods)
        )


def check_values(seen: Snapshot) -> Iterator[Complaint]:
    """Find trials that succeeded with a metric that is no number."""
    bad = []
    for trial in seen.trials:
        for metric in ((trial.get("status") or {}).get("observation") or {}).get("metrics") or ():
            is_objective = metric.get("name") == seen.metric
            if (
                is_objective
                and condition(trial, "Succeeded")
                and _is_no_number(metric.get("latest"))
            ):
                bad.append(name_of(trial))
    if bad:
        yield Complaint(
            "no-number",
            Harm.RESULTS_ARE_WRONG,
            f"{len(bad)} trials count as succeeded although {seen.metric} is no number.",
            "Katib reads nan, None or tensor(…) as an empty text, and such a trial can become "
            "its best one.",
            "Let the trial exit non-zero instead of printing such a value.",
            tuple(f"trial/{name}" for name in bad),
        )


def explain_lines(metric: str, text: str) -> tuple[str, str]:
    """Say why no line of a log is a report of a metric, and what to change."""
    name = re.escape(metric)
    if re.search(rf"(?<![\w|-]){name}\s*=\s*[+-]?(nan|inf|None|tensor|\[|=)", text, re.IGNORECASE):
        return (
            f"It printed {metric}, but not as a number ({_line_with(metric, text)}).",
            f"Print plain numbers: {metric}=0.5; a training that diverges should exit non-zero.",
        )
    if re.search(rf"(?<![\w|-]){name}[\"']?\s*:\s*[\"']?[+-]?[\d.]", text):
        return (
            f"It printed {metric} with a colon ({_line_with(metric, text)}).",
            f"Print it with an equals sign, {metric}=0.5, or give the collector a "
            "source.filter.metricsFormat that fits.",
        )
    other = re.search(rf"(?<![\w|-])({name})\s*=", text, re.IGNORECASE)
    if other:
        return (
            f"It printed {other[1]!r}, and Katib distinguishes upper and lower case.",
            f"Print {metric}, or set objectiveMetricName: {other[1]}.",
        )
    longer = re.search(rf"([\w|-]*[\w|-]{name}|{name}[\w|-]+)\s*=", text)
    if longer:
        return (
            f"It printed {longer[1]!r} instead of {metric!r}.",
            f"Print {metric}, or set objectiveMetricName: {longer[1]}.",
        )
    names = list(dict.fromkeys(re.findall(r"(?<![\w|-])([\w|-]+)\s*=\s*[+-]?[\d.]", text)))
    printed = f"It printed {', '.join(names[:8])}." if names else "It printed no metric at all."
    return (
        f"{printed} Its last lines: {last_lines(text) or '(none)'}",
        f"Print {metric}=VALUE on stdout, flushed, at the latest when the trial ends.",
    )


def _unavailable(seen: Snapshot, trial: Object) -> Complaint:
    pods = seen.pods_of(name_of(trial))
    text = "\n".join(seen.trial_log(pod) for pod in pods)
    if not pods:
        cause = "Its pod is gone, and with it what it printed."
        fix = "Set trialTemplate.retain: true and run it again; `eegtune run` shows it here too."
    else:
        cause, fix = explain_lines(seen.metric, text)
    return Complaint(
        "metrics-unavailable",
        Harm.TRIALS_ARE_LOST,
        f"Trials ended well but reported no {seen.metric}.",
        cause,
        fix,
        (f"trial/{name_of(trial)}",),
    )


def _no_collector(seen: Snapshot, trial: Object) -> Complaint:
    labels = (seen.spec.get("trialTemplate") or {}).get("primaryPodLabels")
    why = (
        f"primaryPodLabels are {dict(labels)}, and no pod of the trial has them."
        if labels
        else "The pod started without Katib's webhook: the namespace was not labelled then."
    )
    return Complaint(
        "no-collector",
        Harm.NOTHING_RUNS,
        "Trials have ended, but no collector was in their pods.",
        why,
        "Correct spec.trialTemplate.primaryPodLabels, or label the namespace; then apply the "
        "Experiment under a new name.",
        (f"trial/{name_of(trial)}",),
    )


def _not_stored(trial: Object, pods: list[Object]) -> Complaint:
    return Complaint(
        "metrics-not-stored",
        Harm.NOTHING_RUNS,
        "Trials have ended, but Katib still waits for their metrics.",
        "Their Jobs are complete and nothing is in Katib's database under their names.",
        "Is katib-db-manager running and reachable from this namespace (port 6789)? kubectl logs "
        "of the collector says whether it could report.",
        (f"trial/{name_of(trial)}", *(f"pod/{name_of(pod)}" for pod in pods)),
    )


def _is_no_number(text: object) -> bool:
    try:
        value = float(str(text))
    except ValueError:
        return str(text) != "unavailable"
    return value != value


def _line_with(metric: str, text: str) -> str:
    return next((line.strip() for line in text.splitlines() if metric in line), "")[:120]
