"""Trials of the double: the object, the Job with its rewritten pod, and how both end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eegtune.spec.experiment import Experiment
from eegtune.spec.injection import injected_pod
from eegtune.spec.katib_config import KatibConfig
from eegtune.spec.rendering import render_trial

from .install import with_program
from .status import now, with_condition

Object = dict[str, Any]
INJECTION = "katib.kubeflow.org/metrics-collector-injection"
EXPERIMENT = "katib.kubeflow.org/experiment"


def owner_of(thing: Mapping[str, Any]) -> Object:
    return {
        "apiVersion": thing["apiVersion"], "kind": thing["kind"], "controller": True,
        "name": thing["metadata"]["name"], "uid": thing["metadata"]["uid"],
    }  # fmt: skip


def trial_object(thing: Mapping[str, Any], suggestion: Mapping[str, Any], run: Object) -> Object:
    """Return the Trial of a suggestion; `run` is the rendered object that it runs."""
    spec, metadata = thing["spec"], thing["metadata"]
    labels = {**(metadata.get("labels") or {}), EXPERIMENT: metadata["name"],
              **(suggestion.get("labels") or {})}  # fmt: skip
    template = spec["trialTemplate"]
    copied = {
        key: template[key]
        for key in ("primaryContainerName", "primaryPodLabels", "successCondition",
                    "failureCondition")
        if key in template
    }  # fmt: skip
    return {
        "apiVersion": "kubeflow.org/v1beta1", "kind": "Trial",
        "metadata": {"name": suggestion["name"], "labels": labels,
                     "ownerReferences": [owner_of(thing)]},
        "spec": copied | {
            "objective": spec["objective"],
            "parameterAssignments": suggestion["parameterAssignments"],
            "earlyStoppingRules": suggestion.get("earlyStoppingRules") or [],
            "runSpec": run,
            "retainRun": bool(template.get("retain")),
            "metricsCollector": spec["metricsCollectorSpec"],
        },
    }  # fmt: skip


def rendered(
    thing: Mapping[str, Any], experiment: Experiment, suggestion: Mapping[str, Any]
) -> Object:
    """Return what a trial runs.

    Raises:
        RenderError: Katib could not make it either.
    """
    values = {e["name"]: e["value"] for e in suggestion["parameterAssignments"]}
    namespace = thing["metadata"]["namespace"]
    return render_trial(
        experiment, suggestion["name"], values, namespace, suggestion.get("labels") or {}
    )


def job_of(
    trial: Mapping[str, Any], experiment: Experiment, config: KatibConfig, *, is_labelled: bool
) -> Object:
    """Return a trial's Job, its pod as the webhook would rewrite it where the namespace asks."""
    job: Object = dict(trial["spec"]["runSpec"])
    job["metadata"] = {**job["metadata"], "ownerReferences": [owner_of(trial)]}
    if is_labelled:
        rules = [stop_rule(rule) for rule in trial["spec"]["earlyStoppingRules"]]
        pod = with_program(injected_pod(experiment, job, rules, config))
        labels = {**pod["metadata"]["labels"], **trial["metadata"]["labels"]}
        template = {"metadata": {**(job["spec"]["template"].get("metadata") or {}),
                                 "labels": labels}, "spec": pod["spec"]}  # fmt: skip
        job["spec"] = {**job["spec"], "template": template}
    return job


def stop_rule(rule: Mapping[str, Any]) -> str:
    return ";".join(str(rule[key]) for key in ("name", "value", "comparison", "startStep"))


def condition_of_job(job: Mapping[str, Any] | None, kind: str) -> Mapping[str, Any] | None:
    for entry in ((job or {}).get("status") or {}).get("conditions") or ():
        if entry["type"] == kind and entry["status"] == "True":
            return dict(entry)
    return None


def started(trial: Mapping[str, Any]) -> Object:
    status = {"startTime": now()}
    created = with_condition(trial, "Created", "TrialCreated", "Trial is created")
    running = with_condition(
        {"status": {"conditions": created}}, "Running", "TrialRunning", "Trial is running"
    )
    return {"status": status | {"conditions": running}}


def failed(trial: Mapping[str, Any], job: Mapping[str, Any]) -> Object:
    said = (f"Trial has failed. Job message: {job.get('message', '')}"
            if job.get("message") else "Trial has failed")  # fmt: skip
    reason = f"TrialFailed. Job reason: {job.get('reason', '')}"
    conditions = with_condition(trial, "Failed", reason, said)
    return {"status": {"conditions": conditions, "completionTime": now()}}


def succeeded(trial: Mapping[str, Any], observed: Object, job: Mapping[str, Any]) -> Object:
    """Return the end of a trial whose Job is complete: with metrics, or without any."""
    name = trial["spec"]["objective"]["objectiveMetricName"]
    values = {metric["name"]: metric["latest"] for metric in observed["metrics"]}
    reason = f"Job reason: {job.get('reason', '')}"
    if values[name] == "unavailable":
        conditions = with_condition(
            trial, "MetricsUnavailable", f"MetricsUnavailable. {reason}",
            f"Metrics are not available. Job message: {job.get('message', '')}",
        )  # fmt: skip
    else:
        conditions = with_condition(
            trial, "Succeeded", f"TrialSucceeded. {reason}",
            f"Trial has succeeded. Job message: {job.get('message', '')}",
        )  # fmt: skip
    status = {"conditions": conditions, "observation": observed, "completionTime": now()}
    return {"status": status}


def metric_names(thing: Mapping[str, Any]) -> Sequence[str]:
    objective = thing["spec"]["objective"]
    return [objective["objectiveMetricName"], *(objective.get("additionalMetricNames") or ())]
