"""How a good Experiment becomes one at an edge: the places that a case changes."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple


class _Drop:
    pass


DROP = _Drop()

JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"labels": {"test-label": "a"}, "annotations": {"test-annotation": "b"}},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [
                    {
                        "name": "trial",
                        "image": "registry.example/trial:1",
                        "command": [
                            "python", "-u", "train.py",
                            "--lr=${trialParameters.learningRate}",
                            "--layers=${trialParameters.numberLayers}",
                        ],
                    }
                ],
            }
        }
    },
}  # fmt: skip

GOOD: dict[str, Any] = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Experiment",
    "metadata": {"name": "edge", "namespace": "lab"},
    "spec": {
        "objective": {
            "type": "maximize",
            "goal": 0.9,
            "objectiveMetricName": "accuracy",
            "additionalMetricNames": ["loss"],
        },
        "algorithm": {
            "algorithmName": "random",
            "algorithmSettings": [{"name": "random_state", "value": "1"}],
        },
        "earlyStopping": {"algorithmName": "medianstop"},
        "resumePolicy": "LongRunning",
        "parallelTrialCount": 3,
        "maxTrialCount": 12,
        "maxFailedTrialCount": 3,
        "parameters": [
            {
                "name": "lr",
                "parameterType": "double",
                "feasibleSpace": {"min": "0.1", "max": "0.5"},
            },
            {
                "name": "layers",
                "parameterType": "categorical",
                "feasibleSpace": {"list": ["1", "2"]},
            },
        ],
        "trialTemplate": {
            "retain": True,
            "primaryContainerName": "trial",
            "trialParameters": [
                {"name": "learningRate", "reference": "lr"},
                {"name": "numberLayers", "reference": "layers"},
            ],
            "trialSpec": JOB,
        },
    },
}  # fmt: skip


class Edge(NamedTuple):
    """What is changed of a good Experiment, and what Katib says then."""

    name: str
    changes: dict[str, Any]
    accepted: bool


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the good Experiment with places changed."""
    document = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *parts, last = [int(p) if p.isdigit() else p for p in path.split("/")]
        place: Any = document
        for part in parts:
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
        if value is DROP:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[last] = copy.deepcopy(value)
    return document


OBJECTIVE, ALGORITHM, STOPPING = "spec/objective", "spec/algorithm", "spec/earlyStopping"
TEMPLATE, TRIAL = "spec/trialTemplate", "spec/trialTemplate/trialSpec"
POD = f"{TRIAL}/spec/template/spec"
CONTAINER = f"{POD}/containers/0"
SPACE, LIST = "spec/parameters/0/feasibleSpace", "spec/parameters/1/feasibleSpace"
COLLECTOR = "spec/metricsCollectorSpec"
CONDITION = {"successCondition": "a", "failureCondition": "b"}


def collector(kind: str, source: Any = DROP, **more: Any) -> dict[str, Any]:
    collector = {"collector": {"kind": kind, **more}}
    return {COLLECTOR: collector if source is DROP else {**collector, "source": source}}


def of_file(path: str, kind: str = "File", **more: str) -> dict[str, Any]:
    return {"fileSystemPath": {"path": path, "kind": kind, **more}}


def filtered(*patterns: str) -> dict[str, Any]:
    return {"filter": {"metricsFormat": list(patterns)}}


def of_kind(version: str, kind: str, **more: Any) -> dict[str, Any]:
    spec = {"replicas": "${trialParameters.learningRate} ${trialParameters.numberLayers}"}
    return {TRIAL: {"apiVersion": version, "kind": kind, "spec": spec}, **more}


# name of the case, changes, whether Katib accepts it


def port(value: Any) -> dict[str, Any]:
    return {f"{CONTAINER}/livenessProbe": {"httpGet": {"port": value, "path": "/"}}}


def created(time: str | None) -> dict[str, Any]:
    return {f"{TRIAL}/metadata/creationTimestamp": time}


def empty_directory(**limits: str) -> dict[str, Any]:
    return {f"{POD}/volumes": [{"name": "a", "emptyDir": limits}]}
