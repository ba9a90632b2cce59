"""The recorded requests of a real controller, with our algorithms in place of the recorder."""

import json
from pathlib import Path

from google.protobuf import json_format

from eegtune.cluster.katib.protocol import api_pb2 as api

RECORDED = Path(__file__).parent / "recorded"


def recorded(method: str, algorithm: str = "random", settings=None) -> list:
    """Return the recorded requests of one method, in order, asking for an algorithm of ours."""
    requests = []
    for line in (RECORDED / "requests.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["method"] == method:
            message = getattr(api, f"{method}Request")()
            requests.append(json_format.ParseDict(entry["request"], message))
    for request in requests:
        if hasattr(request, "experiment"):
            ask_for(request.experiment, algorithm, settings or {})
    return requests


def ask_for(experiment: api.Experiment, algorithm: str, settings: dict[str, str]) -> None:
    spec = experiment.spec.algorithm
    spec.algorithm_name = algorithm
    # `state` is what the recorder itself had written back.
    kept = [(s.name, s.value) for s in spec.algorithm_settings if s.name != "state"]
    del spec.algorithm_settings[:]
    for name, value in (*kept, *settings.items()):
        spec.algorithm_settings.add(name=name, value=value)
    if algorithm == "grid":  # needs a step where the recorded space has none
        experiment.spec.parameter_specs.parameters[0].feasible_space.step = "0.01"
