"""The Experiment as Katib defines it (`kubeflow.org/v1beta1`): frozen models with Katib's names.

These models hold an Experiment that has been defaulted and found valid: nothing here is
optional that Katib's defaulting webhook fills in. Reading a file, defaults and rules are in the
sibling modules. Field names are Katib's in snake case; the camel-case alias is what YAML shows.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

ParameterType = Literal["double", "int", "discrete", "categorical"]
Distribution = Literal["uniform", "logUniform", "normal", "logNormal"]
ObjectiveType = Literal["minimize", "maximize"]
Strategy = Literal["min", "max", "latest"]
CollectorKind = Literal[
    "StdOut", "File", "TensorFlowEvent", "PrometheusMetric", "Push", "Custom", "None"
]


class KatibModel(BaseModel):
    """A frozen value with Katib's camel-case names and JSON's strict types."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        strict=True,
        extra="ignore",
    )

    def to_dict(self) -> dict[str, Any]:
        """Return the plain mapping that YAML and the API server know, without empty fields."""
        return self.model_dump(by_alias=True, exclude_none=True, mode="json")


class Setting(KatibModel):
    """One name and value of an algorithm's settings; both are strings."""

    name: str
    value: str


class FeasibleSpace(KatibModel):
    """The values a parameter may take; bounds and step are numbers written as text."""

    min: str | None = None
    max: str | None = None
    step: str | None = None
    values: tuple[str, ...] | None = Field(default=None, alias="list", strict=False)
    distribution: Distribution = "uniform"


class Parameter(KatibModel):
    """One searched parameter."""

    name: str
    parameter_type: ParameterType
    feasible_space: FeasibleSpace


class MetricStrategy(KatibModel):
    """How the values that one trial reports for a metric become one."""

    name: str
    value: Strategy


class Objective(KatibModel):
    """What is optimized, and which metrics are kept beside it."""

    type: ObjectiveType
    goal: float | None = None
    objective_metric_name: str
    additional_metric_names: tuple[str, ...] = Field(default=(), strict=False)
    metric_strategies: tuple[MetricStrategy, ...] = Field(default=(), strict=False)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The objective metric first, then the additional ones."""
        return (self.objective_metric_name, *self.additional_metric_names)

    def strategy_of(self, metric: str) -> Strategy:
        """Return the strategy of a metric, by default the best value for the objective's type."""
        for strategy in self.metric_strategies:
            if strategy.name == metric:
                return strategy.value
        return "min" if self.type == "minimize" else "max"

    def is_better(self, value: float, other: float) -> bool:
        """Say whether a value of the objective metric is strictly better than another."""
        return value < other if self.type == "minimize" else value > other

    def reaches_goal(self, value: float) -> bool:
        """Say whether a value reaches the goal (inclusive); never true without a goal."""
        if self.goal is None:
            return False
        return value <= self.goal if self.type == "minimize" else value >= self.goal


class Algorithm(KatibModel):
    """A search algorithm or early-stopping rule with its settings."""

    algorithm_name: str
    algorithm_settings: tuple[Setting, ...] = Field(default=(), strict=False)

    @property
    def settings(self) -> dict[str, str]:
        """The settings by name; the last of two with one name wins, as in Katib."""
        return {setting.name: setting.value for setting in self.algorithm_settings}


class TrialParameter(KatibModel):
    """A placeholder `${trialParameters.NAME}` of the template and what it stands for."""

    name: str
    description: str | None = None
    reference: str


class ConfigMapSource(KatibModel):
    """A trial template kept in a ConfigMap, and its text where the ConfigMap was given."""

    config_map_name: str
    config_map_namespace: str
    template_path: str
    text: str | None = Field(default=None, exclude=True)


class TrialTemplate(KatibModel):
    """The object that Katib creates for each trial."""

    retain: bool = False
    trial_spec: dict[str, Any] | None = None
    config_map: ConfigMapSource | None = None
    trial_parameters: tuple[TrialParameter, ...] = Field(default=(), strict=False)
    primary_pod_labels: dict[str, str] | None = None
    primary_container_name: str
    success_condition: str
    failure_condition: str


class FilterSpec(KatibModel):
    """Regular expressions (Go's RE2) that find names and values in a line."""

    metrics_format: tuple[str, ...] = Field(default=(), strict=False)


class FileSystemPath(KatibModel):
    """Where a file or directory collector reads."""

    path: str | None = None
    kind: str | None = None
    format: str | None = None


class MetricsSource(KatibModel):
    """Where metrics come from and how they are read."""

    http_get: dict[str, Any] | None = None
    file_system_path: FileSystemPath | None = None
    filter: FilterSpec | None = None


class Collector(KatibModel):
    """The metrics collector's kind, and its container when it is a custom one."""

    kind: CollectorKind = "StdOut"
    custom_collector: dict[str, Any] | None = None


class MetricsCollectorSpec(KatibModel):
    """The metrics collector and its source."""

    source: MetricsSource | None = None
    collector: Collector = Collector()


class ExperimentSpec(KatibModel):
    """What an Experiment asks for."""

    parameters: tuple[Parameter, ...] = Field(default=(), strict=False)
    objective: Objective
    algorithm: Algorithm
    early_stopping: Algorithm | None = None
    trial_template: TrialTemplate
    parallel_trial_count: int = 3
    max_trial_count: int | None = None
    max_failed_trial_count: int | None = None
    metrics_collector_spec: MetricsCollectorSpec = MetricsCollectorSpec()
    nas_config: dict[str, Any] | None = None
    resume_policy: Literal["Never", "LongRunning", "FromVolume"] = "Never"


class ObjectMeta(KatibModel):
    """The part of an object's metadata that matters here."""

    name: str
    namespace: str | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Experiment(KatibModel):
    """A valid Katib Experiment with every default filled in."""

    api_version: Literal["kubeflow.org/v1beta1"] = "kubeflow.org/v1beta1"
    kind: Literal["Experiment"] = "Experiment"
    metadata: ObjectMeta
    spec: ExperimentSpec

    @property
    def name(self) -> str:
        """The Experiment's name."""
        return self.metadata.name

    def with_spec(self, **changes: object) -> Self:
        """Return a copy with fields of the spec (snake case) replaced, checked again."""
        spec = self.spec.model_copy(update=changes)
        return self.model_copy(update={"spec": ExperimentSpec.model_validate(spec.to_dict())})
