"""Experiments at the edges of each check of Katib's webhook, and its answer.

The answers were had from Katib's own validator (33c8ff4), compiled. A case is a good Experiment
with some places changed: `path: value`, or DROP.
"""

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


_OBJECTIVE, _ALGORITHM, _STOPPING = "spec/objective", "spec/algorithm", "spec/earlyStopping"
_TEMPLATE, _JOB = "spec/trialTemplate", "spec/trialTemplate/trialSpec"
_POD = f"{_JOB}/spec/template/spec"
_CONTAINER = f"{_POD}/containers/0"
_SPACE, _LIST = "spec/parameters/0/feasibleSpace", "spec/parameters/1/feasibleSpace"
_COLLECTOR = "spec/metricsCollectorSpec"
_CONDITION = {"successCondition": "a", "failureCondition": "b"}


def _collector(kind: str, source: Any = DROP, **more: Any) -> dict[str, Any]:
    collector = {"collector": {"kind": kind, **more}}
    return {_COLLECTOR: collector if source is DROP else {**collector, "source": source}}


def _file(path: str, kind: str = "File", **more: str) -> dict[str, Any]:
    return {"fileSystemPath": {"path": path, "kind": kind, **more}}


def _filter(*patterns: str) -> dict[str, Any]:
    return {"filter": {"metricsFormat": list(patterns)}}


def _kind(version: str, kind: str, **more: Any) -> dict[str, Any]:
    spec = {"replicas": "${trialParameters.learningRate} ${trialParameters.numberLayers}"}
    return {_JOB: {"apiVersion": version, "kind": kind, "spec": spec}, **more}


# name of the case, changes, whether Katib accepts it
EDGES = tuple(
    Edge(*edge)
    for edge in (
        ("good", {}, True),
        # the name
        ("name of 40", {"metadata/name": "a" * 40}, True),
        ("name of 41", {"metadata/name": "a" * 41}, False),
        ("name begins with a digit", {"metadata/name": "1234-test"}, False),
        ("name ends with a dash", {"metadata/name": "test-"}, False),
        ("name with a dot", {"metadata/name": "te.st"}, True),
        ("name in capitals", {"metadata/name": "Test"}, False),
        ("name with an underscore", {"metadata/name": "te_st"}, False),
        ("name empty", {"metadata/name": ""}, False),
        ("name of one letter", {"metadata/name": "a"}, True),
        ("name a number", {"metadata/name": 12}, False),
        ("name two dots", {"metadata/name": "a..b"}, False),
        ("name dot dash", {"metadata/name": "a.-b"}, False),
        # metadata
        ("label too long", {"metadata/labels": {"a": "b" * 64}}, False),
        ("label of 63", {"metadata/labels": {"a": "b" * 63}}, True),
        ("label empty", {"metadata/labels": {"a": ""}}, True),
        ("label with blank", {"metadata/labels": {"a": "b c"}}, False),
        ("label key with two slashes", {"metadata/labels": {"a/b/c": "d"}}, False),
        ("label a number", {"metadata/labels": {"a": 1}}, False),
        ("labels null", {"metadata/labels": None}, True),
        ("annotation with blanks", {"metadata/annotations": {"a": "b c\nd"}}, True),
        ("annotation a bool", {"metadata/annotations": {"a": True}}, False),
        # counts
        ("parallel 0", {"spec/parallelTrialCount": 0}, False),
        ("parallel -1", {"spec/parallelTrialCount": -1}, False),
        ("parallel null", {"spec/parallelTrialCount": None}, True),
        ("parallel equal to max", {"spec/parallelTrialCount": 12}, True),
        ("parallel above max", {"spec/parallelTrialCount": 13}, False),
        ("parallel text", {"spec/parallelTrialCount": "3"}, False),
        ("parallel fraction", {"spec/parallelTrialCount": 3.5}, False),
        ("parallel 3.0", {"spec/parallelTrialCount": 3.0}, True),
        ("parallel true", {"spec/parallelTrialCount": True}, False),
        ("parallel above int32", {"spec/parallelTrialCount": 2**31}, False),
        ("max 0", {"spec/maxTrialCount": 0}, False),
        ("max 1 with the default of 3", {"spec/maxTrialCount": 1, "spec/parallelTrialCount": DROP,
                                         "spec/maxFailedTrialCount": DROP}, False),
        ("max 3 with the default of 3", {"spec/maxTrialCount": 3, "spec/parallelTrialCount": DROP},
         True),
        ("max null", {"spec/maxTrialCount": None, "spec/parallelTrialCount": 50}, True),
        ("failed 0", {"spec/maxFailedTrialCount": 0}, True),
        ("failed -1", {"spec/maxFailedTrialCount": -1}, False),
        ("failed equal to max", {"spec/maxFailedTrialCount": 12}, True),
        ("failed above max", {"spec/maxFailedTrialCount": 13}, False),
        ("failed without max", {"spec/maxFailedTrialCount": 99, "spec/maxTrialCount": DROP}, True),
        # the objective
        ("objective null", {_OBJECTIVE: None}, False),
        ("objective empty", {_OBJECTIVE: {}}, False),
        ("objective type empty", {f"{_OBJECTIVE}/type": ""}, False),
        ("objective type in capitals", {f"{_OBJECTIVE}/type": "Maximize"}, False),
        ("objective type unknown", {f"{_OBJECTIVE}/type": "unknown"}, False),
        ("objective without metric", {f"{_OBJECTIVE}/objectiveMetricName": DROP}, False),
        ("objective metric a number", {f"{_OBJECTIVE}/objectiveMetricName": 1}, False),
        ("objective metric among additional",
         {f"{_OBJECTIVE}/additionalMetricNames": ["loss", "accuracy"]}, False),
        ("additional metrics null", {f"{_OBJECTIVE}/additionalMetricNames": None}, True),
        ("additional metric null", {f"{_OBJECTIVE}/additionalMetricNames": [None]}, True),
        ("additional metric twice", {f"{_OBJECTIVE}/additionalMetricNames": ["a", "a"]}, True),
        ("additional metrics text", {f"{_OBJECTIVE}/additionalMetricNames": "loss"}, False),
        ("goal 0", {f"{_OBJECTIVE}/goal": 0}, True),
        ("goal null", {f"{_OBJECTIVE}/goal": None}, True),
        ("goal text", {f"{_OBJECTIVE}/goal": "0.9"}, False),
        ("goal true", {f"{_OBJECTIVE}/goal": True}, False),
        ("strategies odd", {f"{_OBJECTIVE}/metricStrategies": [{"name": "x", "value": "mean"}]},
         True),
        ("strategies a mapping", {f"{_OBJECTIVE}/metricStrategies": {"a": "min"}}, False),
        ("strategies null", {f"{_OBJECTIVE}/metricStrategies": [None]}, True),
        # the algorithm
        ("algorithm null", {_ALGORITHM: None}, False),
        ("algorithm empty", {_ALGORITHM: {}}, False),
        ("algorithm unknown", {f"{_ALGORITHM}/algorithmName": "annealing"}, False),
        ("algorithm in capitals", {f"{_ALGORITHM}/algorithmName": "Random"}, False),
        ("algorithm with blank", {f"{_ALGORITHM}/algorithmName": "random "}, False),
        ("settings null", {f"{_ALGORITHM}/algorithmSettings": None}, True),
        ("setting unknown", {f"{_ALGORITHM}/algorithmSettings/0/name": "no_such"}, True),
        ("setting a number", {f"{_ALGORITHM}/algorithmSettings/0/value": 1}, False),
        ("setting null", {f"{_ALGORITHM}/algorithmSettings/0/value": None}, True),
        ("settings a mapping", {f"{_ALGORITHM}/algorithmSettings": {"a": "1"}}, False),
        ("hyperband without settings",
         {f"{_ALGORITHM}/algorithmName": "hyperband", f"{_ALGORITHM}/algorithmSettings": []},
         True),
        # early stopping
        ("stopping null", {_STOPPING: None}, True),
        ("stopping empty", {_STOPPING: {}}, False),
        ("stopping unknown", {f"{_STOPPING}/algorithmName": "median"}, False),
        ("stopping with an odd setting", {f"{_STOPPING}/algorithmSettings":
                                          [{"name": "start_step", "value": "x"}]}, True),
        ("stopping setting a number", {f"{_STOPPING}/algorithmSettings":
                                       [{"name": "start_step", "value": 4}]}, False),
        # resuming
        ("resume Never", {"spec/resumePolicy": "Never"}, True),
        ("resume FromVolume", {"spec/resumePolicy": "FromVolume"}, True),
        ("resume empty", {"spec/resumePolicy": ""}, True),
        ("resume null", {"spec/resumePolicy": None}, True),
        ("resume in lower case", {"spec/resumePolicy": "never"}, False),
        ("resume false", {"spec/resumePolicy": False}, False),
        # parameters
        ("no parameters", {"spec/parameters": []}, False),
        ("parameters null", {"spec/parameters": None}, False),
        ("parameters a mapping", {"spec/parameters": {}}, False),
        ("a parameter null", {"spec/parameters/0": None}, False),
        ("a parameter more", {"spec/parameters/2": {
            "name": "x", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "2"}}},
         True),
        ("type float", {"spec/parameters/0/parameterType": "float"}, False),
        ("type empty", {"spec/parameters/0/parameterType": ""}, False),
        ("type Double", {"spec/parameters/0/parameterType": "Double"}, False),
        ("type unknown", {"spec/parameters/0/parameterType": "unknown"}, True),
        ("type unknown without space", {"spec/parameters/0/parameterType": "unknown",
                                        _SPACE: DROP}, True),
        ("type discrete with bounds", {"spec/parameters/0/parameterType": "discrete"}, False),
        ("name twice", {"spec/parameters/1/name": "lr",
                        f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Name}"}, True),
        ("space null", {_SPACE: None}, False),
        ("space of a list null", {_LIST: None}, True),
        ("space with list too", {f"{_SPACE}/list": ["1"]}, False),
        ("space with empty list too", {f"{_SPACE}/list": []}, True),
        ("min missing", {f"{_SPACE}/min": DROP}, False),
        ("max empty", {f"{_SPACE}/max": ""}, False),
        ("min a number", {f"{_SPACE}/min": 0.1}, False),
        ("min words", {f"{_SPACE}/min": "low"}, True),
        ("min above max", {f"{_SPACE}/min": "7"}, True),
        ("step 0", {f"{_SPACE}/step": "0"}, True),
        ("step a number", {f"{_SPACE}/step": 1}, False),
        ("distribution logUniform from 0", {f"{_SPACE}/distribution": "logUniform",
                                            f"{_SPACE}/min": "0"}, True),
        ("distribution unknown", {f"{_SPACE}/distribution": "unknown"}, True),
        ("distribution loguniform", {f"{_SPACE}/distribution": "loguniform"}, False),
        ("distribution null", {f"{_SPACE}/distribution": None}, True),
        ("distribution of a list", {f"{_LIST}/distribution": "normal"}, True),
        ("list empty", {f"{_LIST}/list": []}, True),
        ("list of numbers", {f"{_LIST}/list": [1, 2]}, False),
        ("list with null", {f"{_LIST}/list": ["1", None]}, True),
        ("list twice", {f"{_LIST}/list": ["1", "1"]}, True),
        ("list with max", {f"{_LIST}/max": "5"}, False),
        ("list with step", {f"{_LIST}/step": "1"}, False),
        ("list with empty max", {f"{_LIST}/max": ""}, True),
        ("list a text", {f"{_LIST}/list": "1,2"}, False),
        # NAS
        ("parameters and nasConfig", {"spec/nasConfig": {"operations": [{"operationType": "a"}]}},
         False),
        ("parameters and an empty nasConfig", {"spec/nasConfig": {}}, False),
        ("only nasConfig", {"spec/parameters": DROP, "spec/nasConfig": {}}, True),
        ("nasConfig null", {"spec/nasConfig": None}, True),
        ("nasConfig with other references", {
            "spec/parameters": DROP, "spec/nasConfig": {"graphConfig": {"numLayers": 2}},
            f"{_TEMPLATE}/trialParameters/0/reference": "architecture"}, True),
        ("nasConfig with layers as text", {
            "spec/parameters": DROP, "spec/nasConfig": {"graphConfig": {"numLayers": "2"}}},
         False),
        ("nasConfig with odd operations", {
            "spec/parameters": DROP, "spec/nasConfig": {"operations": [{"parameters": [
                {"name": "a", "parameterType": "odd", "feasibleSpace": {"max": "a"}}]}]}}, True),
        # the template
        ("template null", {_TEMPLATE: None}, False),
        ("template empty", {_TEMPLATE: {}}, False),
        ("container name missing", {f"{_TEMPLATE}/primaryContainerName": DROP}, False),
        ("container name of none", {f"{_TEMPLATE}/primaryContainerName": "other"}, True),
        ("retain text", {f"{_TEMPLATE}/retain": "true"}, False),
        ("retain null", {f"{_TEMPLATE}/retain": None}, True),
        ("pod labels null", {f"{_TEMPLATE}/primaryPodLabels": None}, True),
        ("pod labels odd", {f"{_TEMPLATE}/primaryPodLabels": {"a": "b c"}}, True),
        ("pod labels a number", {f"{_TEMPLATE}/primaryPodLabels": {"a": 0}}, False),
        ("no source", {_JOB: DROP}, False),
        ("source null", {_JOB: None}, False),
        ("both sources", {f"{_TEMPLATE}/configMap": {
            "configMapName": "a", "configMapNamespace": "b", "templatePath": "c"}}, False),
        ("both sources, one empty", {f"{_TEMPLATE}/configMap": {}}, False),
        ("configMap null beside", {f"{_TEMPLATE}/configMap": None}, True),
        ("configMap that is not there", {_JOB: DROP, f"{_TEMPLATE}/configMap": {
            "configMapName": "a", "configMapNamespace": "b", "templatePath": "c"},
            f"{_TEMPLATE}/successCondition": "a", f"{_TEMPLATE}/failureCondition": "b"}, False),
        ("trial parameters missing", {f"{_TEMPLATE}/trialParameters": DROP}, False),
        ("trial parameters empty", {f"{_TEMPLATE}/trialParameters": []}, False),
        ("trial parameters empty, nothing to fill", {
            f"{_TEMPLATE}/trialParameters": [], f"{_CONTAINER}/command": ["a"]}, False),
        ("trial parameter null", {f"{_TEMPLATE}/trialParameters/2": None}, False),
        ("trial parameter without reference",
         {f"{_TEMPLATE}/trialParameters/0/reference": ""}, False),
        ("trial parameter with braces", {f"{_TEMPLATE}/trialParameters/0/name": "{a}"}, False),
        ("trial parameter name twice",
         {f"{_TEMPLATE}/trialParameters/1/name": "learningRate"}, False),
        ("trial parameter reference twice",
         {f"{_TEMPLATE}/trialParameters/1/reference": "lr"}, False),
        ("reference to nothing", {f"{_TEMPLATE}/trialParameters/1/reference": "wrong"}, False),
        ("reference to the trial's name",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Name}"}, True),
        ("reference to a label",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Labels[test-label]}"}, True),
        ("reference to a label of none",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Labels[none]}"}, True),
        ("reference to labels",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Labels}"}, True),
        ("reference to an empty label",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Labels[]}"}, False),
        ("reference to the trial's name, and a word",
         {f"{_TEMPLATE}/trialParameters/1/reference": "a ${trialSpec.Name} b"}, True),
        ("reference to name[x]",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Name[x]}"}, True),
        ("reference to a uid",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.Uid}"}, False),
        ("reference to name in lower case",
         {f"{_TEMPLATE}/trialParameters/1/reference": "${trialSpec.name}"}, False),
        ("reference a number", {f"{_TEMPLATE}/trialParameters/1/reference": 1}, False),
        ("placeholder unused", {f"{_CONTAINER}/command/4": "a"}, False),
        ("placeholder of nobody", {f"{_CONTAINER}/command/5": "${trialParameters.other}"}, False),
        ("placeholder open", {f"{_CONTAINER}/command/5": "${trialParameters.other"}, False),
        ("placeholder without name", {f"{_CONTAINER}/command/5": "${trialParameters.}"}, False),
        ("placeholder in a key", {
            f"{_JOB}/metadata/annotations": {"${trialParameters.learningRate}": "a"}}, True),
        ("placeholder in the kind", {f"{_JOB}/kind": "${trialParameters.learningRate}",
                                     **{f"{_TEMPLATE}/{k}": v for k, v in _CONDITION.items()}},
         True),
        ("placeholder as a count",
         {f"{_JOB}/spec/parallelism": "${trialParameters.learningRate}"}, False),
        ("trialSpec without kind", {f"{_JOB}/kind": DROP}, False),
        ("trialSpec without apiVersion", {f"{_JOB}/apiVersion": DROP}, False),
        ("trialSpec a text", {_JOB: "a"}, False),
        ("trialSpec a list", {_JOB: []}, False),
        ("trialSpec with a name", {f"{_JOB}/metadata/name": "a"}, False),
        ("trialSpec with an empty name", {f"{_JOB}/metadata/name": ""}, False),
        ("trialSpec with a namespace", {f"{_JOB}/metadata/namespace": "a"}, False),
        ("trialSpec with a generateName", {f"{_JOB}/metadata/generateName": "a"}, True),
        ("condition empty", {f"{_TEMPLATE}/successCondition": ""}, True),
        ("condition odd", {f"{_TEMPLATE}/successCondition": "((("}, True),
        # kinds
        ("PyTorchJob", _kind("kubeflow.org/v1", "PyTorchJob"), True),
        ("TFJob", _kind("kubeflow.org/v1", "TFJob"), True),
        ("MPIJob", _kind("kubeflow.org/v1", "MPIJob"), True),
        ("XGBoostJob", _kind("kubeflow.org/v1", "XGBoostJob"), True),
        ("TrainJob", _kind("trainer.kubeflow.org/v1alpha1", "TrainJob"), True),
        ("TrainJob of any group", _kind("a/v1", "TrainJob"), True),
        ("PaddleJob", _kind("kubeflow.org/v1", "PaddleJob"), False),
        ("JAXJob", _kind("kubeflow.org/v1", "JAXJob"), False),
        ("a Pod", _kind("v1", "Pod"), False),
        ("a Pod with conditions", _kind(
            "v1", "Pod", **{f"{_TEMPLATE}/{k}": v for k, v in _CONDITION.items()}), True),
        ("a Pod with one condition",
         _kind("v1", "Pod", **{f"{_TEMPLATE}/successCondition": "a"}), False),
        ("a Job of another version", _kind("batch/v1beta1", "Job"), True),
        ("a Job of two slashes", _kind("a/b/v1", "Job"), False),
        ("a List", _kind("v1", "PodList"), False),
        # Jobs
        ("Job without spec", {f"{_JOB}/spec": DROP}, False),
        ("Job with an unknown field", {f"{_JOB}/spec/template/invalidSpec": "a"}, False),
        ("Job with containers as mapping", {f"{_POD}/containers": {"name": "a"}}, False),
        ("Job with an empty list", {f"{_CONTAINER}/env": []}, False),
        ("Job with an empty text", {f"{_CONTAINER}/env": [{"name": "A", "value": ""}]}, False),
        ("Job with null", {f"{_CONTAINER}/env": None}, False),
        ("Job with false", {f"{_CONTAINER}/stdin": False}, False),
        ("Job with automount false", {f"{_POD}/automountServiceAccountToken": False}, True),
        ("Job with backoffLimit 0", {f"{_JOB}/spec/backoffLimit": 0}, True),
        ("Job with backoffLimit text", {f"{_JOB}/spec/backoffLimit": "0"}, False),
        ("Job with backoffLimit 1.5", {f"{_JOB}/spec/backoffLimit": 1.5}, False),
        ("Job with priority 0", {f"{_POD}/priority": 0}, True),
        ("Job with an odd restartPolicy", {f"{_POD}/restartPolicy": "Always"}, True),
        ("Job with GPUs", {f"{_CONTAINER}/resources": {"limits": {"nvidia.com/gpu": 1}}}, True),
        ("Job with odd amounts", {f"{_CONTAINER}/resources": {"limits": {"cpu": "1.50"}}}, True),
        ("Job with an amount that is none",
         {f"{_CONTAINER}/resources": {"limits": {"cpu": "much"}}}, False),
        ("Job with an amount without digits",
         {f"{_CONTAINER}/resources": {"limits": {"cpu": "m"}}}, True),
        ("Job with an amount and blanks",
         {f"{_CONTAINER}/resources": {"limits": {"cpu": " 1 "}}}, True),
        ("Job with a huge amount",
         {f"{_CONTAINER}/resources": {"limits": {"cpu": "1e99999999999"}}}, True),
        ("Job with an exponent of none",
         {f"{_CONTAINER}/resources": {"limits": {"cpu": "1e"}}}, False),
        ("Job with empty limits", {f"{_CONTAINER}/resources": {"limits": {}}}, False),
        ("Job with claims", {f"{_CONTAINER}/resources": {"claims": [{"name": "a"}]}}, True),
        ("Job with an emptyDir", {f"{_POD}/volumes": [{"name": "a", "emptyDir": {}}]}, True),
        ("Job with a size", {f"{_POD}/volumes": [
            {"name": "a", "emptyDir": {"sizeLimit": "1Gi"}}]}, True),
        ("Job with an odd size", {f"{_POD}/volumes": [
            {"name": "a", "emptyDir": {"sizeLimit": "1024Mi"}}]}, False),
        ("Job with a port by name", {f"{_CONTAINER}/livenessProbe": {
            "httpGet": {"port": "http", "path": "/"}}}, True),
        ("Job with a port by number", {f"{_CONTAINER}/livenessProbe": {
            "httpGet": {"port": 80, "path": "/"}}}, True),
        ("Job with a port number as text", {f"{_CONTAINER}/livenessProbe": {
            "httpGet": {"port": "80", "path": "/"}}}, True),
        *(
            (f"Job created at {time}", {f"{_JOB}/metadata/creationTimestamp": time}, is_written_so)
            for time, is_written_so in (
                ("2026-01-31T12:00:00Z", True), ("2026-01-31T12:00:00+00:00", False),
                ("2026-01-31T12:00:00.5Z", False), ("2026-01-31", False),
                ("2026-02-30T12:00:00Z", False), ("2026-01-31 12:00:00Z", False),
            )
        ),
        ("Job with a time that is null", {f"{_JOB}/metadata/creationTimestamp": None}, False),
        ("Job with status", {f"{_JOB}/status": {}}, True),
        ("Job with an annotation a number", {f"{_JOB}/metadata/annotations/a": 1}, False),
        # collectors
        ("collector spec null", {_COLLECTOR: None}, True),
        ("collector null", {_COLLECTOR: {"collector": None}}, True),
        ("collector without kind", {_COLLECTOR: {"collector": {}}}, False),
        ("StdOut", _collector("StdOut"), True),
        ("Push", _collector("Push"), True),
        ("None", _collector("None"), False),
        ("stdout", _collector("stdout"), False),
        ("StdOut with a file", _collector("StdOut", _file("a", "Directory", format="XML")), True),
        ("StdOut with a bad filter", _collector("StdOut", _filter("((a)")), True),
        ("Push with a bad filter", _collector("Push", _filter("a")), True),
        ("File", _collector("File"), True),
        ("File with source null", _collector("File", None), True),
        ("File with empty path", _collector("File", {"fileSystemPath": {"path": ""}}), True),
        ("File at a relative path", _collector("File", _file("a/b")), False),
        ("File of kind Directory", _collector("File", _file("/a", "Directory")), False),
        ("File of an invalid kind", _collector("File", _file("/a", "Invalid")), False),
        ("File in JSON", _collector("File", _file("/a", format="JSON")), True),
        ("File in json", _collector("File", _file("/a", format="json")), False),
        ("File in JSON with filter",
         _collector("File", {**_file("/a", format="JSON"), **_filter("(a)(b)")}), False),
        ("File in JSON with empty filter",
         _collector("File", {**_file("/a", format="JSON"), "filter": {}}), False),
        ("File in JSON with filter null",
         _collector("File", {**_file("/a", format="JSON"), "filter": None}), True),
        ("File with one group", _collector("File", _filter("(a)b")), False),
        ("File with two groups", _collector("File", _filter("(a)=(b)")), True),
        ("File with a group in a group", _collector("File", _filter("((a)=b)")), False),
        ("File with groups that are escaped", _collector("File", _filter(r"\(a\) \(b\)")), True),
        ("File with groups without names", _collector("File", _filter("(?:a)(?:b)")), True),
        ("File with an open group", _collector("File", _filter("(a)(b")), False),
        ("File with look-ahead", _collector("File", _filter("(a)(?=b)")), False),
        ("File with a back reference", _collector("File", _filter(r"(a)(b)\1")), False),
        ("File with a possessive quantifier", _collector("File", _filter("(a++)(b)")), False),
        ("File with many repeats", _collector("File", _filter("(a{1001})(b)")), False),
        ("File with 1000 repeats", _collector("File", _filter("(a{1000})(b)")), True),
        ("File with a named group", _collector("File", _filter("(?P<name>a)(?<value>b)")), True),
        ("File with a Unicode class", _collector("File", _filter(r"(\pL+)=(\p{Greek}+)")), True),
        ("File with a Unicode class of none", _collector("File", _filter(r"(\p{No})(\p{Nope})")),
         False),
        ("File with Python's \\Z", _collector("File", _filter(r"(a)(b)\Z")), False),
        ("File with Go's \\z", _collector("File", _filter(r"(a)(b)\z")), True),
        ("File with \\Q", _collector("File", _filter(r"(a)(b)\Q((\E")), True),
        ("File with flags", _collector("File", _filter("(?i)(a)(?s:b)")), True),
        ("File with flags of Python", _collector("File", _filter("(?x)(a)(b)")), False),
        ("File with no filters", _collector("File", _filter()), True),
        ("File with an empty filter", _collector("File", _filter("")), False),
        ("TensorFlowEvent", _collector("TensorFlowEvent"), True),
        ("TensorFlowEvent with a format",
         _collector("TensorFlowEvent", _file("/a", "Directory", format="TEXT")), False),
        ("TensorFlowEvent of a File", _collector("TensorFlowEvent", _file("/a")), False),
        ("TensorFlowEvent at a relative path",
         _collector("TensorFlowEvent", _file("a", "Directory")), False),
        ("TensorFlowEvent with a bad filter",
         _collector("TensorFlowEvent", {**_file("/a", "Directory"), **_filter("a")}), False),
        ("PrometheusMetric", _collector("PrometheusMetric"), False),
        ("Custom without container", _collector("Custom"), False),
        ("Custom", _collector("Custom", customCollector={"name": "a"}), True),
        ("Custom empty", _collector("Custom", customCollector={}), True),
        ("Custom with an unknown field", _collector("Custom", customCollector={"nam": "a"}), True),
        ("Custom with a path without kind", _collector(
            "Custom", {"fileSystemPath": {"path": "/a"}}, customCollector={"name": "a"}), False),
        ("Custom with a path", _collector(
            "Custom", _file("/a", "Directory"), customCollector={"name": "a"}), True),
        ("Custom with a relative path", _collector(
            "Custom", _file("a"), customCollector={"name": "a"}), False),
        ("Custom with a bad filter", _collector(
            "Custom", _filter("a"), customCollector={"name": "a"}), False),
        ("Custom with a port as text", _collector(
            "Custom", customCollector={"ports": [{"containerPort": "80"}]}), False),
        ("Custom with an odd amount", _collector(
            "Custom", customCollector={"resources": {"limits": {"cpu": "a"}}}), False),
        # several at once
        ("objective and parameters wrong",
         {f"{_OBJECTIVE}/type": "up", "spec/parameters": []}, False),
        ("unknown fields anywhere", {"spec/foo": 1, f"{_SPACE}/minimum": 2, "bar": 3}, True),
        ("spec null", {"spec": None}, False),
        ("status given", {"status": {"trials": 3}}, True),
        ("status of a wrong type", {"status": {"trials": "3"}}, False),
    )
)  # fmt: skip
