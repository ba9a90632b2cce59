"""Objects as the API server and Katib have them, as far as the doctor looks at them."""

import json
from pathlib import Path

from eegtune.cluster.katib.doctor import Snapshot

RECORDED = Path(__file__).parents[4] / "katib" / "recorded"
TRUE, COLLECTOR = "True", "metrics-logger-and-collector"


def conditions(*types, reason="", message=""):
    return [{"type": t, "status": TRUE, "reason": reason, "message": message} for t in types]


def experiment(ended=None, reason="", **spec):
    full = {
        "objective": {"type": "maximize", "objectiveMetricName": "score"},
        "algorithm": {"algorithmName": "tpe"},
        "parameters": [
            {
                "name": "x",
                "parameterType": "double",
                "feasibleSpace": {"min": "0", "max": "1"},
            }
        ],
        "maxTrialCount": 10,
        "parallelTrialCount": 2,
        "trialTemplate": {
            "retain": True,
            "primaryContainerName": "trial",
            "trialParameters": [{"name": "x", "reference": "x"}],
        },
    }
    status = {"conditions": conditions(*([ended] if ended else ["Running"]), reason=reason)}
    return {"metadata": {"name": "e"}, "spec": full | spec, "status": status}


def suggestion(ended=None, message=""):
    status = {"conditions": conditions(ended or "Running", message=message)}
    return {"metadata": {"name": "e"}, "spec": {}, "status": status}


def trial(name, condition="Running", x="0.5", **metrics):
    observed = [{"name": n, "latest": v, "min": v, "max": v} for n, v in metrics.items()]
    return {
        "metadata": {"name": name},
        "spec": {"parameterAssignments": [{"name": "x", "value": x}]},
        "status": {"conditions": conditions(condition), "observation": {"metrics": observed}},
    }


def job(name, *ended, reason="", **status):
    return {
        "metadata": {"name": name},
        "spec": {"activeDeadlineSeconds": 60},
        "status": status | {"conditions": conditions(*ended, reason=reason)},
    }


def pod(name, phase="Running", containers=None, labels=None, **status):
    """Return a pod of trial `e-1`; containers are statuses by name."""
    containers = {"trial": {}, COLLECTOR: {}} if containers is None else containers
    return {
        "metadata": {"name": name, "labels": labels or {"katib.kubeflow.org/trial": "e-1"}},
        "spec": {"containers": [{"name": c, "image": f"{c}:1"} for c in containers]},
        "status": status
        | {
            "phase": phase,
            "containerStatuses": [
                {"name": c, "image": f"{c}:1"} | state for c, state in containers.items()
            ],
        },
    }


def waiting(reason, message=""):
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def ended(code, reason="Error", message=""):
    return {"state": {"terminated": {"exitCode": code, "reason": reason, "message": message}}}


def running():
    return {"state": {"running": {"startedAt": "2026-11-21T08:00:00Z"}}}


def unscheduled(message):
    condition = {"type": "PodScheduled", "status": "False", "message": message}
    return pod("p", "Pending", {"trial": {}}, conditions=[condition])


def event(kind, name, reason, message):
    return {
        "involvedObject": {"kind": kind, "name": name},
        "reason": reason,
        "type": "Warning",
        "message": message,
    }


def seen(**fields) -> Snapshot:
    """Return a healthy Experiment's snapshot with some fields changed."""
    labelled = {"katib.kubeflow.org/metrics-collector-injection": "enabled"}
    given = {
        "name": "e",
        "namespace": "lab",
        "experiment": experiment(),
        "suggestion": suggestion(),
        "namespace_object": {"metadata": {"name": "lab", "labels": labelled}},
        "katib_config": {"runtime": {"suggestions": [{"algorithmName": "tpe"}]}},
        "trials": [trial("e-1")],
        "suggestion_pods": [pod("s", "Running", {"suggestion": running()})],
    }
    return Snapshot(**(given | fields))


def recorded() -> Snapshot:
    """Return the recorded Experiment: 16 trials that succeed, crash, print nothing or nan."""

    def load(name):
        return json.loads((RECORDED / name).read_text())

    def items(name):
        loaded = load(name)
        return loaded["items"] if isinstance(loaded, dict) else loaded

    pods, logs = [], {}
    for name, entry in load("pod-logs.json").items():
        collector, own = entry["exit"]
        states = {
            "trial": ended(own, "Error" if own else "Completed"),
            COLLECTOR: ended(collector, "Error" if collector else "Completed"),
        }
        labels = {"katib.kubeflow.org/trial": name.rsplit("-", 1)[0]}
        pods.append(pod(name, "Failed" if own or collector else "Succeeded", states, labels))
        logs[name, "trial"], logs[name, COLLECTOR] = entry["trial"], entry["collector"]
    return Snapshot(
        name="traffic",
        namespace="lab",
        experiment=load("experiment.json"),
        suggestion=load("suggestion.json"),
        trials=items("trials.json"),
        pods=pods,
        logs=logs,
    )
