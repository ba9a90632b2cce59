"""Experiments as Katib sends them, one for each algorithm, and a check of what is suggested."""

import json
from decimal import Decimal

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.search.algorithms import ALGORITHMS

RESOURCE = {"resource": "epochs", "min_resource": "1", "max_resource": "27"}
POINTS = [{"dropout": "0.1", "epochs": str(epochs)} for epochs in range(1, 28)]
SETTINGS = {
    "asha": RESOURCE,
    "bohb": RESOURCE,
    "hyperband": {"resource_name": "epochs", "r_l": "27", "eta": "3"},
    "manual": {"initial_points": json.dumps(POINTS)},
    "nsga2": {"objectives": "score:max,latency_ms:min"},
    "pbt": {"n_population": "8", "truncation_threshold": "0.25"},
}


def algorithm_names() -> list[str]:
    return sorted(ALGORITHMS)


def parameter(name, kind, distribution=api.UNIFORM, **space):
    return api.ParameterSpec(
        name=name,
        parameter_type=kind,
        feasible_space=api.FeasibleSpace(distribution=distribution, **space),
    )


def parameters() -> list[api.ParameterSpec]:
    """Return one parameter of each type, countable, and the budget of multi-fidelity search."""
    return [
        parameter("rate", api.DOUBLE, api.LOG_UNIFORM, min="1e-4", max="1e-1"),
        parameter("dropout", api.DOUBLE, min="0", max="0.5", step="0.05"),
        parameter("units", api.INT, min="8", max="64", step="8"),
        parameter("layers", api.DISCRETE, list=["1", "2", "4"]),
        parameter("kind", api.CATEGORICAL, list=["relu", "gelu", 'quo"ted', "a b"]),
        parameter("epochs", api.INT, min="1", max="27"),
    ]


def experiment(algorithm, settings=None, name="sleep", maximum=200, parallel=7, stopping=None):
    specs = parameters()
    if algorithm.removeprefix("eegtune-") == "grid":
        specs = specs[1:]  # the first one has no step
    given = SETTINGS.get(algorithm, {}) if settings is None else settings
    message = api.Experiment(
        name=name,
        spec=api.ExperimentSpec(
            parameter_specs=api.ExperimentSpec.ParameterSpecs(parameters=specs),
            objective=api.ObjectiveSpec(
                type=api.MAXIMIZE,
                objective_metric_name="score",
                additional_metric_names=["latency_ms"],
            ),
            algorithm=api.AlgorithmSpec(
                algorithm_name=algorithm,
                algorithm_settings=[
                    api.AlgorithmSetting(name=name, value=value) for name, value in given.items()
                ],
            ),
            parallel_trial_count=parallel,
            max_trial_count=maximum,
        ),
    )
    if stopping is not None:
        message.spec.early_stopping.algorithm_name = stopping
    return message


def assert_in_space(message: api.Experiment, assignments) -> None:
    """Check one suggestion: every parameter once, every value one of its space."""
    specs = message.spec.parameter_specs.parameters
    assert [a.name for a in assignments] == [spec.name for spec in specs]
    for spec, assignment in zip(specs, assignments, strict=True):
        assert is_value(spec, assignment.value), f"{spec.name}={assignment.value!r}"


def is_value(spec: api.ParameterSpec, text: str) -> bool:
    space = spec.feasible_space
    if spec.parameter_type in (api.DISCRETE, api.CATEGORICAL):
        return text in space.list
    if spec.parameter_type == api.INT and not text.lstrip("-").isdigit():
        return False
    value = Decimal(text)
    low, high = Decimal(space.min), Decimal(space.max)
    if not low - Decimal("1e-12") <= value <= high + Decimal("1e-12"):
        return False
    if not space.step:
        return True
    steps = (value - low) / Decimal(space.step)
    return abs(steps - round(steps)) < Decimal("1e-9")
