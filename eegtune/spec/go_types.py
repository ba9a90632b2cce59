"""The Go structs behind an Experiment: field names, types, and which empty values are left out.

A field is `json name: Go type`. The types of the Kubernetes API (containers, jobs, pods) are in
`kubernetes_types.json`, extracted from its Go source. `?` marks `omitempty`: an empty value is
not written back by the defaulter.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Field(NamedTuple):
    """One field of a Go struct."""

    type: str
    omit_empty: bool


Struct = dict[str, Field]

_STATES = (
    "running", "pending", "failed", "succeeded", "killed", "earlyStopped", "metricsUnavailable",
)  # fmt: skip
_KATIB: dict[str, dict[str, str]] = {
    "ExperimentSpec": {
        "parameters": "[]ParameterSpec?",
        "objective": "*ObjectiveSpec?",
        "algorithm": "*AlgorithmSpec?",
        "earlyStopping": "*EarlyStoppingSpec?",
        "trialTemplate": "*TrialTemplate?",
        "parallelTrialCount": "*int32?",
        "maxTrialCount": "*int32?",
        "maxFailedTrialCount": "*int32?",
        "metricsCollectorSpec": "*MetricsCollectorSpec?",
        "nasConfig": "*NasConfig?",
        "resumePolicy": "string?",
    },
    "ParameterSpec": {
        "name": "string?",
        "parameterType": "string?",
        "feasibleSpace": "FeasibleSpace",
    },
    "FeasibleSpace": {
        "max": "string?",
        "min": "string?",
        "list": "[]string?",
        "step": "string?",
        "distribution": "string?",
    },
    "ObjectiveSpec": {
        "type": "string?",
        "goal": "*float64?",
        "objectiveMetricName": "string?",
        "additionalMetricNames": "[]string?",
        "metricStrategies": "[]MetricStrategy?",
    },
    "MetricStrategy": {"name": "string?", "value": "string?"},
    "AlgorithmSpec": {
        "algorithmName": "string?",
        "algorithmSettings": "[]AlgorithmSetting?",
    },
    "AlgorithmSetting": {"name": "string?", "value": "string?"},
    "EarlyStoppingSpec": {
        "algorithmName": "string?",
        "algorithmSettings": "[]EarlyStoppingSetting?",
    },
    "EarlyStoppingSetting": {"name": "string?", "value": "string?"},
    "TrialTemplate": {
        "retain": "bool?",
        "trialSpec": "*Unstructured?",
        "configMap": "*ConfigMapSource?",
        "trialParameters": "[]TrialParameterSpec?",
        "primaryPodLabels": "map[string]string?",
        "primaryContainerName": "string?",
        "successCondition": "string?",
        "failureCondition": "string?",
    },
    "ConfigMapSource": {
        "configMapName": "string?",
        "configMapNamespace": "string?",
        "templatePath": "string?",
    },
    "TrialParameterSpec": {"name": "string?", "description": "string?", "reference": "string?"},
    "MetricsCollectorSpec": {"source": "*SourceSpec?", "collector": "*CollectorSpec?"},
    "SourceSpec": {
        "httpGet": "*HTTPGetAction?",
        "fileSystemPath": "*FileSystemPath?",
        "filter": "*FilterSpec?",
    },
    "FilterSpec": {"metricsFormat": "[]string?"},
    "FileSystemPath": {"path": "string?", "kind": "string?", "format": "string?"},
    "CollectorSpec": {"kind": "string?", "customCollector": "*Container?"},
    "NasConfig": {"graphConfig": "GraphConfig", "operations": "[]Operation?"},
    "GraphConfig": {
        "numLayers": "*int32?",
        "inputSizes": "[]int32?",
        "outputSizes": "[]int32?",
    },
    "Operation": {"operationType": "string?", "parameters": "[]ParameterSpec?"},
    "ExperimentStatus": {
        "startTime": "Time?",
        "completionTime": "Time?",
        "lastReconcileTime": "Time?",
        "conditions": "[]ExperimentCondition?",
        "currentOptimalTrial": "OptimalTrial?",
        **{f"{state}TrialList": "[]string?" for state in _STATES},
        **{f"trials{state[0].upper()}{state[1:]}": "int32?" for state in _STATES[:-1]},
        "trials": "int32?",
        "trialMetricsUnavailable": "int32?",
    },
    "ExperimentCondition": {
        "type": "string",
        "status": "string",
        "reason": "string?",
        "message": "string?",
        "lastUpdateTime": "Time?",
        "lastTransitionTime": "Time?",
    },
    "OptimalTrial": {
        "bestTrialName": "string?",
        "parameterAssignments": "[]AlgorithmSetting?",
        "observation": "Observation?",
    },
    "Observation": {"metrics": "[]Metric?"},
    "Metric": {"name": "string?", "min": "string?", "max": "string?", "latest": "string?"},
}


@cache
def struct(name: str) -> Struct:
    """Return a struct's fields by JSON name.

    Raises:
        KeyError: There is no such struct.
    """
    fields = _KATIB.get(name) or _kubernetes()[name]
    return {key: Field(text.removesuffix("?"), text.endswith("?")) for key, text in fields.items()}


@cache
def is_struct(name: str) -> bool:
    """Say whether a Go type is a struct that is known here."""
    return name in _KATIB or name in _kubernetes()


@cache
def _kubernetes() -> dict[str, dict[str, str]]:
    text = (files("eegtune.spec") / "kubernetes_types.json").read_text("utf-8")
    types: dict[str, dict[str, str]] = json.loads(text)
    return types
