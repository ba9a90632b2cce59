"""Experiments whose trials take a second: small ones, and generated ones with a quick program."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

Object = dict[str, Any]

PROGRAM = Path(__file__).parent / "quick_trial.py"
CONFIG_MAP = "quick-trial"
RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}


def program_config_map(namespace: str) -> Object:
    """Return the ConfigMap from which trials get their program."""
    return {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": namespace},
        "data": {"trial.py": PROGRAM.read_text()},
    }  # fmt: skip


def made_quick(experiment: Object, image: str, most: int) -> Object:
    """Return an Experiment with the same arguments given to a quick program, and fewer trials."""
    quick = copy.deepcopy(experiment)
    spec = quick["spec"]
    spec["maxTrialCount"] = most
    spec["parallelTrialCount"] = min(spec.get("parallelTrialCount", 3), most)
    spec["maxFailedTrialCount"] = 0
    pod = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]
    objective = spec["objective"]
    metrics = [objective["objectiveMetricName"], *objective.get("additionalMetricNames", ())]
    for container in pod["containers"]:
        words = container["command"]
        container["image"] = image
        container["command"] = ["python", "-u", "/quick/trial.py", *words[1:]]
        container["resources"] = RESOURCES
        container.setdefault("env", []).append({"name": "METRICS", "value": ",".join(metrics)})
        container.setdefault("volumeMounts", []).append(
            {"name": "quick", "mountPath": "/quick", "readOnly": True}
        )
    pod.setdefault("volumes", []).append({"name": "quick", "configMap": {"name": CONFIG_MAP}})
    return quick


PARAMETERS = [
    {"name": "rate", "parameterType": "double",
     "feasibleSpace": {"min": "0.001", "max": "1", "distribution": "logUniform"}},
    {"name": "units", "parameterType": "int",
     "feasibleSpace": {"min": "8", "max": "64", "step": "8"}},
    {"name": "dropout", "parameterType": "discrete",
     "feasibleSpace": {"list": ["0.1", "0.25", "0.5"]}},
    {"name": "kind", "parameterType": "categorical", "feasibleSpace": {"list": ["relu", "gelu"]}},
]  # fmt: skip
EPOCHS = {"name": "epochs", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "9"}}


def small(
    name: str,
    algorithm: str,
    image: str,
    settings: dict[str, str] | None = None,
    *,
    most: int = 6,
    parallel: int = 3,
    parameters: list[Object] | None = None,
    **more: Any,
) -> Object:
    """Return a small Experiment of two metrics; `more` are further fields of its spec."""
    parameters = copy.deepcopy(parameters or PARAMETERS)
    words = [f"--{p['name']}=${{trialParameters.{p['name']}}}" for p in parameters]
    container = {"name": "trial", "image": image, "command": ["trial-runner", "quick", *words]}
    job = {
        "apiVersion": "batch/v1", "kind": "Job",
        "spec": {"backoffLimit": 0, "template": {"spec": {
            "restartPolicy": "Never", "containers": [container],
            "securityContext": {"runAsUser": 65532, "fsGroup": 65532},
            "terminationGracePeriodSeconds": 1}}},
    }  # fmt: skip
    spec = {
        "objective": {"type": "maximize", "objectiveMetricName": "score",
                      "additionalMetricNames": ["latency_ms"],
                      "metricStrategies": [{"name": "score", "value": "latest"},
                                           {"name": "latency_ms", "value": "latest"}]},
        "algorithm": {"algorithmName": algorithm, "algorithmSettings": [
            {"name": key, "value": value} for key, value in (settings or {}).items()]},
        "parallelTrialCount": parallel,
        "parameters": parameters,
        "trialTemplate": {
            "retain": True, "primaryContainerName": "trial", "trialSpec": job,
            "trialParameters": [{"name": p["name"], "reference": p["name"]} for p in parameters]},
    }  # fmt: skip
    experiment = {"apiVersion": "kubeflow.org/v1beta1", "kind": "Experiment",
                  "metadata": {"name": name}, "spec": spec | more}  # fmt: skip
    return made_quick(experiment, image, most)
