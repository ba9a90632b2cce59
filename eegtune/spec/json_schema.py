"""A JSON Schema of the Experiment, so that editors complete and check it.

It is built from the same tables of Go types that files are decoded with.
"""

from __future__ import annotations

import json
import re
from typing import Any

from eegtune.spec.go_types import is_struct, struct
from eegtune.spec.katib_config import own_config, shipped_config
from eegtune.spec.rules.katib_settings import MEDIANSTOP, OWN, SETTINGS

FILE_NAME = "experiment.schema.json"
_SCALARS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer"},
    "int64": {"type": "integer"},
    "uint16": {"type": "integer"},
    "float64": {"type": "number"},
    "Quantity": {"type": ["string", "number"]},
    "IntOrString": {"type": ["string", "integer"]},
    "Time": {"type": "string", "format": "date-time"},
    "any": {},
}
_ENUMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ParameterSpec", "parameterType"): ("double", "int", "discrete", "categorical"),
    ("FeasibleSpace", "distribution"): ("uniform", "logUniform", "normal", "logNormal"),
    ("ObjectiveSpec", "type"): ("maximize", "minimize"),
    ("MetricStrategy", "value"): ("min", "max", "latest"),
    ("ExperimentSpec", "resumePolicy"): ("Never", "LongRunning", "FromVolume"),
    ("CollectorSpec", "kind"): (
        "StdOut", "File", "TensorFlowEvent", "PrometheusMetric", "Custom", "Push",
    ),
    ("FileSystemPath", "kind"): ("File", "Directory"),
    ("FileSystemPath", "format"): ("TEXT", "JSON"),
}  # fmt: skip
_REQUIRED: dict[str, tuple[str, ...]] = {
    "ExperimentSpec": ("objective", "algorithm", "trialTemplate"),
    "ParameterSpec": ("name", "parameterType", "feasibleSpace"),
    "ObjectiveSpec": ("type", "objectiveMetricName"),
    "AlgorithmSpec": ("algorithmName",),
    "EarlyStoppingSpec": ("algorithmName",),
    "AlgorithmSetting": ("name", "value"),
    "TrialTemplate": ("primaryContainerName", "trialParameters"),
    "TrialParameterSpec": ("name", "reference"),
}
_WORDS: dict[tuple[str, str], str] = {
    ("ExperimentSpec", "parameters"): "What is searched.",
    ("ExperimentSpec", "objective"): "What is optimized, and which metrics are kept beside it.",
    ("ExperimentSpec", "algorithm"): "How it is searched.",
    ("ExperimentSpec", "earlyStopping"): "When a trial is stopped early; needs retain: true.",
    ("ExperimentSpec", "parallelTrialCount"): "Trials at a time; 3 by default.",
    ("ExperimentSpec", "maxTrialCount"): "Trials in all; always set it.",
    ("ExperimentSpec", "maxFailedTrialCount"): "Failed trials at which the Experiment fails.",
    ("FeasibleSpace", "min"): 'Lowest value, a number in quotes: "1e-5".',
    ("FeasibleSpace", "max"): "Highest value, a number in quotes.",
    ("FeasibleSpace", "step"): "Distance between values, a number in quotes.",
    ("FeasibleSpace", "list"): "The values, quoted, of a discrete or categorical parameter.",
    ("ObjectiveSpec", "goal"): "The value at which the search ends.",
    ("TrialTemplate", "retain"): "Whether trials' objects stay after they ended.",
    ("TrialTemplate", "trialSpec"): "The object that is created for each trial.",
    ("TrialParameterSpec", "reference"): "A parameter's name, or ${trialSpec.Name} and the like.",
}


def experiment_schema() -> dict[str, Any]:
    """Return the schema of an Experiment."""
    definitions: dict[str, Any] = {}
    spec = _schema_of("ExperimentSpec", definitions)
    metadata = _schema_of("ObjectMeta", definitions)
    job = _schema_of("Job", definitions)
    _complete(definitions, job)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Katib Experiment, with eegtune's settings",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": "kubeflow.org/v1beta1"},
            "kind": {"const": "Experiment"},
            "metadata": metadata,
            "spec": spec,
            "status": {"type": "object"},
        },
        "additionalProperties": False,
        "definitions": dict(sorted(definitions.items())),
    }


def _complete(definitions: dict[str, Any], job: dict[str, Any]) -> None:
    """Put in the names that editors complete, and the Job that a template may be."""
    definitions["AlgorithmSetting"]["properties"]["name"] = _open_enum(_setting_names())
    definitions["EarlyStoppingSetting"]["properties"]["name"] = _open_enum(
        sorted(rule.name for rule in MEDIANSTOP)
    )
    config, own = shipped_config(), own_config()
    names = sorted({*config.suggestions, *own.suggestions})
    definitions["AlgorithmSpec"]["properties"]["algorithmName"] = _open_enum(names)
    definitions["TrialTemplate"]["properties"]["trialSpec"] = {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "description": _WORDS["TrialTemplate", "trialSpec"],
        "if": {"properties": {"apiVersion": {"const": "batch/v1"}, "kind": {"const": "Job"}}},
        "then": job,
    }


def schema_text() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(experiment_schema(), indent=1, ensure_ascii=False) + "\n"


def _schema_of(go_type: str, definitions: dict[str, Any]) -> dict[str, Any]:
    name = go_type.lstrip("*")
    if name.startswith("[]"):
        return {"type": "array", "items": _schema_of(name[2:], definitions)}
    if name.startswith("map[string]"):
        inner = _schema_of(name.removeprefix("map[string]"), definitions)
        return {"type": "object", "additionalProperties": inner}
    if name == "Unstructured":
        return {"type": "object"}
    if not is_struct(name):
        return dict(_SCALARS[name])
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _struct_schema(name, definitions)
    return {"$ref": f"#/definitions/{name}"}


def _struct_schema(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for key, field in struct(name).items():
        found = _schema_of(field.type, definitions)
        if (name, key) in _ENUMS:
            found = {"enum": list(_ENUMS[name, key])}
        if (name, key) in _WORDS:
            found = _described(found, _WORDS[name, key])
        properties[key] = found
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if name in _REQUIRED:
        schema["required"] = list(_REQUIRED[name])
    return schema | {"additionalProperties": False}


def _described(schema: dict[str, Any], words: str) -> dict[str, Any]:
    """Add a description; beside a $ref it would be ignored, so that is wrapped."""
    inner = {"allOf": [schema]} if "$ref" in schema else schema
    return inner | {"description": words}


def _open_enum(names: list[str]) -> dict[str, Any]:
    """Return a schema that completes names and accepts others."""
    pattern = "^(?!(" + "|".join(re.escape(name) for name in names) + ")$)"
    return {"anyOf": [{"enum": names}, {"type": "string", "pattern": pattern}]}


def _setting_names() -> list[str]:
    known = {rule.name for rules in SETTINGS.values() for rule in rules}
    return sorted(known | set(OWN))
