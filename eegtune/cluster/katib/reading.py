"""Katib's messages as the Experiment and trials that search and stopping know.

A message is checked as far as it takes to build typed values; what the values mean is for
`search` and `stopping` to judge. Errors name the field as the Experiment's YAML has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.metrics.observation import finite_number
from eegtune.metrics.timestamps import parse_time
from eegtune.spec.experiment import (
    Algorithm,
    Distribution,
    Experiment,
    ExperimentSpec,
    FeasibleSpace,
    Objective,
    ObjectMeta,
    Parameter,
    ParameterType,
    Setting,
    TrialTemplate,
)
from eegtune.spec.trial import Trial, TrialCondition

OWN_PREFIX = "eegtune-"
"""What may stand before an algorithm's name, so that ours and a stock one live side by side."""

_TYPES: Mapping[int, ParameterType] = {
    api.DOUBLE: "double",
    api.INT: "int",
    api.DISCRETE: "discrete",
    api.CATEGORICAL: "categorical",
}
_DISTRIBUTIONS: Mapping[int, Distribution] = {
    api.DISTRIBUTION_UNSPECIFIED: "uniform",
    api.UNIFORM: "uniform",
    api.LOG_UNIFORM: "logUniform",
    api.NORMAL: "normal",
    api.LOG_NORMAL: "logNormal",
}
# A condition without a counterpart belongs to a trial of which nothing is known yet.
_CONDITIONS: Mapping[int, TrialCondition] = {
    api.TrialStatus.CREATED: TrialCondition.CREATED,
    api.TrialStatus.RUNNING: TrialCondition.RUNNING,
    api.TrialStatus.SUCCEEDED: TrialCondition.SUCCEEDED,
    api.TrialStatus.KILLED: TrialCondition.KILLED,
    api.TrialStatus.FAILED: TrialCondition.FAILED,
    api.TrialStatus.METRICSUNAVAILABLE: TrialCondition.METRICS_UNAVAILABLE,
    api.TrialStatus.EARLYSTOPPED: TrialCondition.EARLY_STOPPED,
}
_LAST = datetime.max.replace(tzinfo=UTC)
# Katib does not send the template, and neither search nor stopping look at it.
_NO_TEMPLATE = TrialTemplate(primary_container_name="", success_condition="", failure_condition="")


def read_experiment(message: api.Experiment) -> Experiment:
    """Return the Experiment of a request.

    Raises:
        ValueError: A field is missing or has a value that Katib does not know.
    """
    spec = message.spec
    if spec.HasField("nas_config"):
        raise ValueError(
            "spec.nasConfig asks for a neural architecture search, which this service does not "
            "offer; describe the architecture by spec.parameters"
        )
    return Experiment(
        metadata=ObjectMeta(name=message.name),
        spec=ExperimentSpec(
            parameters=_read_parameters(spec.parameter_specs.parameters),
            objective=_read_objective(spec.objective),
            algorithm=read_algorithm(spec.algorithm),
            early_stopping=(
                read_algorithm(spec.early_stopping) if spec.HasField("early_stopping") else None
            ),
            trial_template=_NO_TEMPLATE,
            parallel_trial_count=max(spec.parallel_trial_count, 1),
            max_trial_count=spec.max_trial_count if spec.max_trial_count > 0 else None,
        ),
    )


def read_algorithm(message: api.AlgorithmSpec | api.EarlyStoppingSpec) -> Algorithm:
    """Return an algorithm's name without our prefix, and its settings, each name once.

    Raises:
        ValueError: There is no name.
    """
    name = message.algorithm_name.strip().removeprefix(OWN_PREFIX)
    if not name:
        raise ValueError("algorithmName is empty; name an algorithm")
    settings = {setting.name: setting.value for setting in message.algorithm_settings}
    return Algorithm(
        algorithm_name=name,
        algorithm_settings=tuple(Setting(name=n, value=v) for n, v in settings.items()),
    )


def read_trials(messages: Iterable[api.Trial]) -> tuple[Trial, ...]:
    """Return the trials of a request in an order that does not depend on the request's.

    Katib lists trials as its cache has them; here they stand by start time and name, those that
    have not started last.
    """
    trials = (_read_trial(message) for message in messages)
    return tuple(sorted(trials, key=lambda trial: (trial.start_time or _LAST, trial.name)))


def _read_trial(message: api.Trial) -> Trial:
    assignments = message.spec.parameter_assignments.assignments
    numbers = {m.name: finite_number(m.value) for m in message.status.observation.metrics}
    condition = cast(int, message.status.condition)
    return Trial(
        name=message.name,
        assignments={assignment.name: assignment.value for assignment in assignments},
        condition=_CONDITIONS.get(condition, TrialCondition.CREATED),
        metrics={name: number for name, number in numbers.items() if number is not None},
        labels=dict(message.spec.labels),
        start_time=_read_time(message.status.start_time),
        completion_time=_read_time(message.status.completion_time),
    )


def _read_time(text: str) -> datetime | None:
    """Return a time; None for an empty text, Katib's zero time, or one that is no time."""
    time = parse_time(text)
    return None if time is None or time.year <= 1 else time


def _read_objective(message: api.ObjectiveSpec) -> Objective:
    kinds = {api.MINIMIZE: "minimize", api.MAXIMIZE: "maximize"}
    kind = kinds.get(message.type)
    if kind is None:
        raise ValueError(
            f"spec.objective.type is {_enum_text(api.ObjectiveType, message.type)}; "
            "allowed are minimize and maximize"
        )
    if not message.objective_metric_name:
        raise ValueError("spec.objective.objectiveMetricName is empty; name the metric")
    return Objective(
        type=cast(Any, kind),
        # Katib sends 0 for an Experiment without a goal.
        goal=message.goal if message.goal and math.isfinite(message.goal) else None,
        objective_metric_name=message.objective_metric_name,
        additional_metric_names=tuple(message.additional_metric_names),
    )


def _read_parameters(messages: Sequence[api.ParameterSpec]) -> tuple[Parameter, ...]:
    if not messages:
        raise ValueError("spec.parameters is empty; there is nothing to search")
    parameters = tuple(_read_parameter(i, message) for i, message in enumerate(messages))
    names = [parameter.name for parameter in parameters]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"spec.parameters names {', '.join(repeated)} more than once")
    return parameters


def _read_parameter(index: int, message: api.ParameterSpec) -> Parameter:
    field = f"spec.parameters[{index}]"
    kind = _TYPES.get(cast(int, message.parameter_type))
    if not message.name:
        raise ValueError(f"{field}.name is empty; give the parameter a name")
    if kind is None:
        raise ValueError(
            f"{field}.parameterType of {message.name!r} is "
            f"{_enum_text(api.ParameterType, message.parameter_type)}; "
            f"allowed are {', '.join(_TYPES.values())}"
        )
    return Parameter(
        name=message.name,
        parameter_type=kind,
        feasible_space=_read_space(f"{field}.feasibleSpace", message),
    )


def _read_space(field: str, message: api.ParameterSpec) -> FeasibleSpace:
    space = message.feasible_space
    distribution = _DISTRIBUTIONS.get(cast(int, space.distribution))
    if distribution is None:
        raise ValueError(
            f"{field}.distribution of {message.name!r} is "
            f"{_enum_text(api.Distribution, space.distribution)}; "
            "allowed are uniform, logUniform, normal and logNormal"
        )
    for name in ("min", "max", "step"):
        _check_number(f"{field}.{name}", getattr(space, name))
    return FeasibleSpace(
        min=space.min or None,
        max=space.max or None,
        step=space.step or None,
        values=tuple(space.list) or None,
        distribution=distribution,
    )


def _check_number(field: str, text: str) -> None:
    """Refuse a bound that is no number, or is none once it is a binary one (1e-400, 1e400)."""
    if not text:
        return
    number = finite_number(text)
    if number is None or (number == 0 and any(digit in text for digit in "123456789")):
        raise ValueError(f"{field} is {text[:40]!r}; it must be a finite number such as 0.01")


def _enum_text(enum: Any, number: int) -> str:
    return str(enum.Name(number)) if number in enum.values() else str(number)
