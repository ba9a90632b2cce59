"""Objects of the API server as the messages that Katib's controller makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eegtune.cluster.katib.protocol import api_pb2 as api

Object = Mapping[str, Any]

DISTRIBUTIONS = {
    "uniform": api.UNIFORM,
    "logUniform": api.LOG_UNIFORM,
    "normal": api.NORMAL,
    "logNormal": api.LOG_NORMAL,
}


def experiment_message(thing: Object, settings: Mapping[str, str]) -> api.Experiment:
    """Return an Experiment with the settings that a service has written back."""
    spec = thing["spec"]
    message = api.ExperimentSpec(
        parameter_specs=api.ExperimentSpec.ParameterSpecs(
            parameters=[parameter_message(entry) for entry in spec["parameters"]]
        ),
        objective=objective_message(spec["objective"]),
        algorithm=api.AlgorithmSpec(
            algorithm_name=spec["algorithm"]["algorithmName"],
            algorithm_settings=setting_messages(spec["algorithm"], settings),
        ),
        parallel_trial_count=spec["parallelTrialCount"],
        max_trial_count=spec.get("maxTrialCount", 0),
    )
    if "earlyStopping" in spec:
        message.early_stopping.CopyFrom(stopping_message(spec["earlyStopping"]))
    return api.Experiment(name=thing["metadata"]["name"], spec=message)


def stopping_message(stopping: Object) -> api.EarlyStoppingSpec:
    return api.EarlyStoppingSpec(
        algorithm_name=stopping["algorithmName"],
        algorithm_settings=[
            api.EarlyStoppingSetting(name=entry["name"], value=entry["value"])
            for entry in stopping.get("algorithmSettings") or ()
        ],
    )


def setting_messages(algorithm: Object, more: Mapping[str, str]) -> list[api.AlgorithmSetting]:
    given = {e["name"]: e["value"] for e in algorithm.get("algorithmSettings") or ()}
    return [
        api.AlgorithmSetting(name=name, value=value) for name, value in {**given, **more}.items()
    ]


def parameter_message(entry: Object) -> api.ParameterSpec:
    space = entry["feasibleSpace"]
    return api.ParameterSpec(
        name=entry["name"],
        parameter_type=getattr(api, entry["parameterType"].upper()),
        feasible_space=api.FeasibleSpace(
            min=space.get("min", ""),
            max=space.get("max", ""),
            step=space.get("step", ""),
            list=space.get("list") or (),
            distribution=DISTRIBUTIONS[space.get("distribution", "uniform")],
        ),
    )


def objective_message(objective: Object) -> api.ObjectiveSpec:
    return api.ObjectiveSpec(
        type=getattr(api, objective["type"].upper()),
        goal=objective.get("goal") or 0.0,
        objective_metric_name=objective["objectiveMetricName"],
        additional_metric_names=objective.get("additionalMetricNames") or (),
    )


def trial_messages(trials: Iterable[Object]) -> list[api.Trial]:
    """Return the trials that a service is told of: not those without metrics."""
    return [trial_message(trial) for trial in trials if is_sent(trial)]


def last_condition(thing: Object) -> str:
    conditions = (thing.get("status") or {}).get("conditions") or [{"type": "Created"}]
    return str(conditions[-1]["type"])


def is_sent(trial: Object) -> bool:
    has_observation = bool((trial.get("status") or {}).get("observation"))
    condition = last_condition(trial)
    return condition != "MetricsUnavailable" and (condition != "EarlyStopped" or has_observation)


def trial_message(trial: Object) -> api.Trial:
    spec, status = trial["spec"], trial.get("status") or {}
    message = api.Trial(name=trial["metadata"]["name"])
    message.spec.objective.CopyFrom(objective_message(spec["objective"]))
    for entry in spec["parameterAssignments"]:
        message.spec.parameter_assignments.assignments.add(
            name=entry["name"], value=entry["value"]
        )
    message.status.condition = getattr(api.TrialStatus, last_condition(trial).upper())
    message.status.start_time = status.get("startTime") or ""
    message.status.completion_time = status.get("completionTime") or ""
    strategies = {e["name"]: e["value"] for e in spec["objective"]["metricStrategies"]}
    for metric in (status.get("observation") or {}).get("metrics") or ():
        value = metric[strategies[metric["name"]]]
        value = metric["latest"] if value == "unavailable" else value
        message.status.observation.metrics.add(name=metric["name"], value=value)
    return message
