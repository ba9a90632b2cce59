"""To Kubeflow Trainer's OptimizationJob (`trainer.kubeflow.org/v1alpha1`, phase 1).

Phase 1 knows random and grid, one objective, uniform and logUniform ranges of Int or Float, and
choices; at most 100 trials; a grid of choices only. Values reach the container as environment
variables `KUBEFLOW_TRAINER_OPT_NAME`, which `$(…)` in the command expands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eegtune.spec.conversion.conversion import (
    Conversion,
    command_words,
    common_losses,
    is_metadata,
    primary_container,
)
from eegtune.spec.conversion.ranges import grid_values
from eegtune.spec.dumping import dump_yaml

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter

_MOST_TRIALS = 100
_MOST_CHOICES = 100
_DOUBLE = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_RUNTIME = "torch-distributed"


def convert(experiment: Experiment) -> Conversion:
    """Return the OptimizationJob."""
    lost = common_losses(experiment)
    spec = experiment.spec
    count = min(spec.max_trial_count or _MOST_TRIALS, _MOST_TRIALS)
    if spec.max_trial_count is None or spec.max_trial_count > _MOST_TRIALS:
        lost.append(f"maxTrialCount {spec.max_trial_count}: at most {_MOST_TRIALS} trials.")
    document = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "OptimizationJob",
        "metadata": _metadata(experiment),
        "spec": {
            "objectives": [_objective(experiment, lost)],
            "searchAlgorithm": _algorithm(experiment, lost),
            "parameters": [_parameter(experiment, p, lost) for p in spec.parameters],
            "numTrials": count,
            "parallelTrials": min(spec.parallel_trial_count, count),
            "trainJobTemplate": {"spec": _train_job(experiment, lost)},
        },
    }
    return Conversion(dump_yaml(document), tuple(lost))


def variable(name: str) -> str:
    """Return the environment variable that carries a parameter."""
    return "KUBEFLOW_TRAINER_OPT_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def _metadata(experiment: Experiment) -> dict[str, Any]:
    metadata = {"name": experiment.name, "namespace": experiment.metadata.namespace}
    labels = {"labels": experiment.metadata.labels} if experiment.metadata.labels else {}
    return {key: value for key, value in metadata.items() if value} | labels


def _objective(experiment: Experiment, lost: list[str]) -> dict[str, str]:
    objective = experiment.spec.objective
    if objective.goal is not None:
        lost.append(f"The goal {objective.goal:g}: all trials are run.")
    if objective.additional_metric_names:
        lost.append(f"Additional metrics {', '.join(objective.additional_metric_names)}.")
    best = "min" if objective.type == "minimize" else "max"
    if objective.strategy_of(objective.objective_metric_name) != best:
        strategy = objective.strategy_of(objective.objective_metric_name)
        lost.append(f"The metric's strategy {strategy}: the value is what the TrainJob reports.")
    lost.append("Metric lines on stdout: report metrics by the TrainJob's progress API.")
    direction = "Maximize" if objective.type == "maximize" else "Minimize"
    return {"metric": objective.objective_metric_name, "direction": direction}


def _algorithm(experiment: Experiment, lost: list[str]) -> dict[str, Any]:
    algorithm = experiment.spec.algorithm
    if experiment.spec.early_stopping:
        lost.append(f"Early stopping {experiment.spec.early_stopping.algorithm_name}.")
    if algorithm.algorithm_name == "grid":
        return {"grid": {}}
    if algorithm.algorithm_name != "random":
        lost.append(f"The algorithm {algorithm.algorithm_name}: random instead.")
    seed = algorithm.settings.get("random_state", "")
    return {"random": {"seed": int(seed)} if seed.isdigit() else {}}


def _parameter(experiment: Experiment, parameter: Parameter, lost: list[str]) -> dict[str, Any]:
    space, name = parameter.feasible_space, parameter.name
    is_grid = experiment.spec.algorithm.algorithm_name == "grid"
    if space.values is not None or is_grid:
        choices = list(dict.fromkeys(space.values or _texts(parameter)))
        if len(choices) > _MOST_CHOICES:
            lost.append(f"{name}: only the first {_MOST_CHOICES} of {len(choices)} values.")
        return {"name": name, "searchSpace": {"categorical": {"choices": choices[:_MOST_CHOICES]}}}
    if space.step is not None and float(space.step) != 1:
        lost.append(f"{name}: the step {space.step}.")
    if space.distribution in ("normal", "logNormal"):
        lost.append(f"{name}: the distribution {space.distribution}.")
    is_log = space.distribution in ("logUniform", "logNormal")
    bounds = {
        "min": _double(space.min or "0"),
        "max": _double(space.max or "0"),
        "type": "Int" if parameter.parameter_type == "int" else "Float",
    }
    return {"name": name, "searchSpace": {"logUniform" if is_log else "uniform": bounds}}


def _texts(parameter: Parameter) -> list[str]:
    return [f"{value:.12g}" for value in grid_values(parameter, at_most=10 * _MOST_CHOICES)]


def _double(text: str) -> str:
    """Write a number as the type's pattern asks: no plus sign, no bare dot."""
    return text if _DOUBLE.fullmatch(text) else repr(float(text))


def _train_job(experiment: Experiment, lost: list[str]) -> dict[str, Any]:
    container = primary_container(experiment)
    lost.append(f"The runtime: {_RUNTIME} is assumed; name the one of your cluster.")
    job = (experiment.spec.trial_template.trial_spec or {}).get("spec") or {}
    pod = (job.get("template") or {}).get("spec") or {}
    kept = ("image", "env", "command", "args", "name", "resources")
    lost += [f"The container's {key}." for key in container if key not in kept]
    lost += [f"The pod's {key}." for key in pod if key not in ("containers", "restartPolicy")]
    lost += [
        f"The container {other.get('name')!r}."
        for other in pod.get("containers", ())
        if other is not container
    ]
    words = command_words(experiment, lambda reference: _spell(reference, lost))
    trainer: dict[str, Any] = {"image": container.get("image"), "command": words}
    if container.get("env"):
        trainer["env"] = container["env"]
    if container.get("resources"):
        trainer["resourcesPerNode"] = container["resources"]
    spec: dict[str, Any] = {"runtimeRef": {"name": _RUNTIME}, "trainer": trainer}
    if job.get("activeDeadlineSeconds"):
        spec["activeDeadlineSeconds"] = job["activeDeadlineSeconds"]
    return spec


def _spell(reference: str, lost: list[str]) -> str:
    if not is_metadata(reference):
        return f"$({variable(reference)})"
    lost.append(f"{reference} in the command: there is no such reference; the text stays empty.")
    return ""
