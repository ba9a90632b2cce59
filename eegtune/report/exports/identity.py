"""What makes two Experiments, or two configurations, the same: a hash of what matters.

Names, descriptions, labels, the order of parameters, how a number is spelled, how many trials run
at once, deadlines and requests of resources change nothing in what is found; they are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from eegtune.metrics.observation import finite_number
from eegtune.report.activity import activity
from eegtune.spec.experiment import Experiment

_IMMATERIAL_OF_SPEC = (
    "parallelTrialCount", "maxTrialCount", "maxFailedTrialCount", "resumePolicy", "trialTemplate"
)  # fmt: skip
_IMMATERIAL_OF_PODS = (
    "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "resources", "metadata",
    "nodeSelector", "tolerations", "affinity", "priorityClassName", "serviceAccountName",
    "imagePullPolicy", "imagePullSecrets", "securityContext", "automountServiceAccountToken",
    "volumes", "volumeMounts",
)  # fmt: skip


def experiment_hash(experiment: Experiment) -> str:
    """Return the same 16 hexadecimal digits for Experiments that search the same in one way."""
    document = experiment.to_dict()["spec"]
    spec = {key: value for key, value in document.items() if key not in _IMMATERIAL_OF_SPEC}
    spec["parameters"] = sorted(spec.get("parameters", ()), key=lambda each: str(each["name"]))
    settings = spec["algorithm"].get("algorithmSettings", ())
    spec["algorithm"] = {
        **spec["algorithm"],
        "algorithmSettings": {each["name"]: each["value"] for each in settings},
    }
    spec["trial"] = _trial(experiment)
    return _digest(spec)


def configuration_hash(experiment: Experiment, assignments: Mapping[str, str]) -> str:
    """Return the same digits for configurations that compute the same.

    Values of parameters whose condition does not hold are left out.
    """
    active = activity(experiment, [assignments])
    values = {
        name: text
        for name, text in assignments.items()
        if active.get(name, (True,))[0] is not False
    }
    return _digest({"values": values, "trial": _trial(experiment)})


def _trial(experiment: Experiment) -> Any:
    """Return what a trial runs, its placeholders by the parameters that they stand for."""
    template = experiment.spec.trial_template
    text = json.dumps(_without(template.trial_spec or {}))
    for parameter in template.trial_parameters:
        text = text.replace(
            "${trialParameters." + parameter.name + "}", "${" + parameter.reference + "}"
        )
    return json.loads(text)


def _without(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {k: _without(v) for k, v in node.items() if k not in _IMMATERIAL_OF_PODS}
    return [_without(each) for each in node] if isinstance(node, list) else node


def _digest(value: Any) -> str:
    text = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _canonical(node: Any) -> Any:
    """Return a value in which numbers have one spelling, as text or not."""
    if isinstance(node, Mapping):
        return {str(key): _canonical(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_canonical(each) for each in node]
    if isinstance(node, bool) or node is None:
        return node
    number = finite_number(str(node))
    return str(node) if number is None else repr(number)
