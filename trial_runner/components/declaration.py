"""What a component says about itself, without importing what it needs to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trial_runner.hyperparameters import Hyperparameter


@dataclass(frozen=True, slots=True)
class Option:
    """An argument that is not searched: data, folds, seed and the like.

    Attributes:
        name: Its name in snake case.
        default: Its text when it is not given; None where it must be given.
        help: One sentence.
        choices: The allowed texts; empty where any is.
        at_least: The lowest allowed number, where it must be a whole one; None where any text is.
    """

    name: str
    default: str | None
    help: str
    choices: tuple[str, ...] = ()
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Smaller:
    """What generated Experiments take instead where a trial has no GPU.

    Attributes:
        hyperparameters: In place of the component's of the same names; what is not searched is
            given to the trial where its default differs.
        options: Arguments that every trial gets, as (name, text).
        memory: What a trial may need then, as a Kubernetes quantity.
    """

    hyperparameters: tuple[Hyperparameter, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    memory: str = "2Gi"


@dataclass(frozen=True, slots=True)
class Component:
    """One stage of an EEG pipeline that can be tuned.

    Attributes:
        name: Its name, as `trial-runner NAME` takes it.
        summary: One sentence.
        objective_metric: The metric that generated Experiments optimize.
        objective_type: In which direction.
        additional_metrics: Metrics that are kept beside it.
        hyperparameters: All that can be searched.
        options: All other arguments.
        entry: `module:function` that runs one trial.
        preload: Modules that a warm process imports before it forks trials.
        constraints: CEL expressions over hyperparameters that every configuration must meet.
        resource: The hyperparameter that is the training budget, where there is one.
        extra: The optional dependencies (`pip install eegtune[EXTRA]`) that it needs.
        memory: What a trial may need, as a Kubernetes quantity, for generated Experiments.
        objectives: Of generated Experiments with several of them, as the setting `objectives` says
            it; empty for the objective metric alone.
        without_gpu: What generated Experiments take instead where a trial has no GPU.
        is_distributed: Whether a trial can be several processes with a GPU each (torchrun).
        predictor: `module:function` that predicts from a kept model, `trial-runner predict`; empty
            where the component trains no classifier.
    """

    name: str
    summary: str
    objective_metric: str
    objective_type: Literal["maximize", "minimize"]
    additional_metrics: tuple[str, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    options: tuple[Option, ...]
    entry: str
    preload: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    resource: str | None = None
    extra: str = "torch"
    memory: str = "2Gi"
    objectives: str = ""
    without_gpu: Smaller | None = None
    is_distributed: bool = False
    predictor: str = ""
