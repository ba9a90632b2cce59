"""What a generated Experiment will say, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Literal

from eegtune.spec.experiment import ParameterType

# Settings with which Katib's own services refuse an Experiment ("unknown setting").
OWN_SETTINGS = (
    "objectives",
    "conditions",
    "constraints",
    "resource",
    "min_resource",
    "max_resource",
    "reduction_factor",
    "resource_step",
    "may_change",
)
TrialKind = Literal["Job", "PyTorchJob", "TrainJob"]
_MOST_GRID_TRIALS = 1000
EARLY_STOPPING = {
    "medianstop": (("min_trials_required", "5"), ("start_step", "5")),
}


@dataclass(frozen=True, slots=True)
class Searched:
    """One parameter to search.

    Attributes:
        name: Its name.
        kind: Katib's parameter type.
        low: Lowest value, as text (double, int).
        high: Highest value.
        step: Distance between values, None where there is none.
        log: Whether the search is uniform in the logarithm.
        values: The values (discrete, categorical).
        comment: What it is.
        when: CEL condition under which it matters.
    """

    name: str
    kind: ParameterType
    low: str | None = None
    high: str | None = None
    step: str | None = None
    log: bool = False
    values: tuple[str, ...] = ()
    comment: str = ""
    when: str | None = None

    @property
    def placeholder(self) -> str:
        """The name in `${trialParameters.…}`: camel case, without characters that need care.

        >>> Searched("learning_rate", "double").placeholder
        'learningRate'
        """
        words = [word for word in self.name.replace("-", "_").split("_") if word]
        return words[0] + "".join(word[0].upper() + word[1:] for word in words[1:])

    @property
    def size(self) -> int | None:
        """How many values there are; None where it is continuous."""
        if self.values:
            return len(self.values)
        if self.kind == "int" or self.step is not None:
            step = float(self.step or 1)
            return int((float(self.high or 0) - float(self.low or 0)) / step + 1e-9) + 1
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a generated Experiment says.

    Attributes:
        name: The Experiment's name.
        summary: What it does, in one sentence.
        made_by: The command that writes it.
        objective_metric: The metric to optimize.
        objective_type: In which direction.
        command: The trial's command; `${trialParameters.…}` stands for values.
        searched: The parameters to search.
        image: The trial's image.
        algorithm: The algorithm's name.
        settings: Its settings, beside those that follow from conditions and constraints.
        additional_metrics: Metrics kept beside the objective.
        constraints: CEL expressions that each configuration must meet.
        goal: The objective's value at which to end.
        max_trials: How many trials; None for 40, or the size of a grid.
        parallel: How many at a time.
        gpus: GPUs of a trial.
        memory: Memory of a trial.
        deadline_seconds: After which a trial is stopped.
        early_stopping: Name of an early-stopping rule.
        latest: Whether metrics are taken from the trial's last report.
        only_katib: Whether to leave out settings that Katib's own services refuse.
        secret: Name of a Secret with S3 credentials, where the data needs one.
        restricted: Whether the pod says what the Pod Security Standard `restricted` asks for.
        schema: What the first line names as JSON Schema.
        kind: What runs a trial: a Job, or one of Kubeflow's training operators.
    """

    name: str
    summary: str
    made_by: str
    objective_metric: str
    objective_type: Literal["maximize", "minimize"]
    command: tuple[str, ...]
    searched: tuple[Searched, ...]
    image: str
    algorithm: str = "multivariate-tpe"
    settings: tuple[tuple[str, str], ...] = ()
    additional_metrics: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    goal: float | None = None
    max_trials: int | None = None
    parallel: int = 2
    gpus: int = 0
    memory: str = "2Gi"
    deadline_seconds: int = 3600
    early_stopping: str | None = None
    latest: bool = True
    only_katib: bool = False
    secret: str | None = None
    restricted: bool = False
    schema: str = "experiment.schema.json"
    kind: TrialKind = "Job"

    @property
    def container_name(self) -> str:
        """The container whose metrics count, by the name that its operator wants."""
        return {"Job": "trial", "PyTorchJob": "pytorch", "TrainJob": "node"}[self.kind]

    @property
    def trial_count(self) -> int:
        """How many trials there will be."""
        if self.max_trials is not None:
            return self.max_trials
        sizes = [parameter.size for parameter in self.searched]
        known = [size for size in sizes if size is not None]
        is_grid = self.algorithm == "grid" and len(known) == len(sizes)
        return min(prod(known), _MOST_GRID_TRIALS) if is_grid else 40

    @property
    def all_settings(self) -> tuple[tuple[str, str], ...]:
        """The algorithm's settings, those of conditions and constraints among them."""
        conditions = "; ".join(f"{p.name}: {p.when}" for p in self.searched if p.when)
        own = (("conditions", conditions), ("constraints", "; ".join(self.constraints)))
        settings = self.settings + tuple((name, text) for name, text in own if text)
        if self.only_katib:
            return tuple(pair for pair in settings if pair[0] not in OWN_SETTINGS)
        return settings

    def gridded(self) -> Plan:
        """Return the plan with continuous parameters cut into few values, as a grid needs."""
        return replace(self, searched=tuple(as_grid(parameter) for parameter in self.searched))


def as_grid(parameter: Searched) -> Searched:
    """Cut a parameter into few values: decades on a log scale, about five else."""
    if parameter.low is None or parameter.high is None:
        return parameter
    low, high = float(parameter.low), float(parameter.high)
    if parameter.log:
        values = _decades(low, high)
        return replace(
            parameter,
            kind="discrete",
            low=None,
            high=None,
            log=False,
            values=tuple(values),
            step=None,
        )
    if parameter.step is not None:
        step = float(parameter.step)
        return replace(parameter, step=f"{step * max(ceil((high - low) / step / 4 - 1e-9), 1):g}")
    if parameter.kind == "int":
        return replace(parameter, step=str(max((int(high) - int(low)) // 4, 1)))
    return replace(parameter, step=f"{(high - low) / 4:g}")


def _decades(low: float, high: float) -> list[str]:
    values, value = [], low
    while value <= high * (1 + 1e-9):
        values.append(f"{value:g}")
        value *= 10
    return values if len(values) > 1 else [f"{low:g}", f"{high:g}"]
