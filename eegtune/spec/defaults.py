"""What Katib's defaulting webhook fills in (reference: its experiment_defaults.go)."""

from __future__ import annotations

from typing import Any

_CONDITION = 'status.conditions.#(type=="{}")#|#(status=="True")#'
_SUCCEEDED = {"Job": "Complete", "TrainJob": "Complete"} | dict.fromkeys(
    ("TFJob", "PyTorchJob", "XGBoostJob", "MPIJob"), "Succeeded"
)
_TRAIN_JOB_LABELS = {
    "jobset.sigs.k8s.io/replicatedjob-name": "node",
    "batch.kubernetes.io/job-completion-index": "0",
}
_OLD_JOB_LABELS = {"training.kubeflow.org/job-role": "master"}
_STRATEGY = {"minimize": "min", "maximize": "max"}


def apply_defaults(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a decoded spec with every default filled in; the argument stays as it is."""
    spec = dict(spec)
    spec.setdefault("parallelTrialCount", 3)
    spec.setdefault("resumePolicy", "Never")
    if "objective" in spec:
        spec["objective"] = _with_strategies(spec["objective"])
    if "trialTemplate" in spec:
        spec["trialTemplate"] = _with_conditions(spec["trialTemplate"])
    spec["metricsCollectorSpec"] = _with_source(spec.get("metricsCollectorSpec", {}))
    if "parameters" in spec:
        spec["parameters"] = [_with_distribution(parameter) for parameter in spec["parameters"]]
    return spec


def _with_strategies(objective: dict[str, Any]) -> dict[str, Any]:
    strategies = list(objective.get("metricStrategies", ()))
    named = {strategy.get("name", "") for strategy in strategies}
    metric = objective.get("objectiveMetricName", "")
    default = _STRATEGY.get(objective.get("type", ""), "latest")
    wanted = [] if metric in named else [metric]
    # Katib forgets an own strategy of the objective here: it is added again when the metric is
    # listed as additional too (which validation then refuses).
    own = named - {metric}
    wanted += [name for name in objective.get("additionalMetricNames", ()) if name not in own]
    strategies += [{"name": name, "value": default} if name else {"value": default}
                   for name in wanted]  # fmt: skip
    return objective | {"metricStrategies": strategies}


def _with_conditions(template: dict[str, Any]) -> dict[str, Any]:
    trial_spec = template.get("trialSpec")
    kind = trial_spec.get("kind") if isinstance(trial_spec, dict) else None
    if not isinstance(kind, str) or kind not in _SUCCEEDED:
        return template
    template = dict(template)
    template.setdefault("successCondition", _CONDITION.format(_SUCCEEDED[kind]))
    template.setdefault("failureCondition", _CONDITION.format("Failed"))
    if kind != "Job":
        labels = _TRAIN_JOB_LABELS if kind == "TrainJob" else _OLD_JOB_LABELS
        template.setdefault("primaryPodLabels", dict(labels))
    return template


def _with_source(collector_spec: dict[str, Any]) -> dict[str, Any]:
    result = dict(collector_spec)
    collector = result.setdefault("collector", {"kind": "StdOut"})
    source = dict(result.get("source", {}))
    kind = collector.get("kind")
    if kind == "PrometheusMetric":
        get = dict(source.get("httpGet", {}))
        get["path"] = get.get("path") or "/metrics"
        get["port"] = 8080 if str(get.get("port", 0)) == "0" else get["port"]
        result["source"] = source | {"httpGet": get}
    elif kind == "File":
        defaults = {"path": "/var/log/katib/metrics.log", "kind": "File", "format": "TEXT"}
        result["source"] = source | {"fileSystemPath": defaults | source.get("fileSystemPath", {})}
    elif kind == "TensorFlowEvent":
        defaults = {"path": "/var/log/katib/tfevent/", "kind": "Directory"}
        result["source"] = source | {"fileSystemPath": defaults | source.get("fileSystemPath", {})}
    return result


def _with_distribution(parameter: dict[str, Any]) -> dict[str, Any]:
    space = {"distribution": "uniform"} | parameter.get("feasibleSpace", {})
    return parameter | {"feasibleSpace": space}
