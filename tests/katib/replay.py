"""The recorded requests of a real controller, with our algorithms in place of the recorder."""

import json
from pathlib import Path

from google.protobuf import json_format

from eegtune.cluster.katib.protocol import api_pb2 as api

from .spaces import SETTINGS as SPACES_SETTINGS

RECORDED = Path(__file__).parent / "recorded"


# The recorded space has no epochs: its whole number takes the part of the budget.
SETTINGS = SPACES_SETTINGS | {
    "asha": {"resource": "units", "min_resource": "8", "max_resource": "64"},
    "bohb": {"resource": "units", "min_resource": "8", "max_resource": "64"},
    "hyperband": {"resource_name": "units", "r_l": "64", "eta": "2"},
    "manual": {"initial_points": '[{"units": "16"}, {"units": "24", "kind": "plain2"}]'},
}


def recorded(method: str, algorithm: str = "random") -> list:
    """Return the recorded requests of one method, in order, asking for an algorithm of ours."""
    requests = []
    for line in (RECORDED / "requests.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["method"] == method:
            message = getattr(api, f"{method}Request")()
            requests.append(json_format.ParseDict(entry["request"], message))
    for request in requests:
        if hasattr(request, "experiment"):
            ask_for(request.experiment, algorithm, SETTINGS.get(algorithm, {}))
    return requests


def ask_for(experiment: api.Experiment, algorithm: str, settings: dict[str, str]) -> None:
    spec = experiment.spec.algorithm
    spec.algorithm_name = algorithm
    # `state` is what the recorder itself had written back.
    kept = [(s.name, s.value) for s in spec.algorithm_settings if s.name != "state"]
    del spec.algorithm_settings[:]
    for name, value in (*kept, *settings.items()):
        spec.algorithm_settings.add(name=name, value=value)
    experiment.spec.early_stopping.algorithm_name = "medianstop"
    if algorithm == "grid":  # needs a step where the recorded space has none
        experiment.spec.parameter_specs.parameters[0].feasible_space.step = "0.01"
