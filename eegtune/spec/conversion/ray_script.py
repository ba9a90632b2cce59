"""To a Python script for Ray Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import Conversion, common_losses, primary_container
from eegtune.spec.conversion.script import run_trial_source

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter

_MODEL_BASED = ("tpe", "multivariate-tpe", "bayesianoptimization", "cmaes")


def convert(experiment: Experiment) -> Conversion:
    """Return the script."""
    lost = common_losses(experiment)
    spec, objective = experiment.spec, experiment.spec.objective
    is_grid = spec.algorithm.algorithm_name == "grid"
    if spec.early_stopping:
        lost.append(
            f"Early stopping {spec.early_stopping.algorithm_name}: a command's metrics are read "
            "when it has ended."
        )
    if objective.additional_metric_names:
        lost.append(f"Additional metrics {', '.join(objective.additional_metric_names)}.")
    lost.append("The image: the command runs where Ray's workers do.")
    stop = f"{{METRIC: {objective.goal!r}}}" if objective.goal is not None else "None"
    if objective.goal is not None and objective.type == "minimize":
        lost.append("The goal: Ray stops at values above one only.")
        stop = "None"
    source = _SCRIPT.format(
        name=experiment.name,
        run_trial=run_trial_source(experiment, lost),
        space="\n".join(f"    {p.name!r}: {_space(p, is_grid, lost)}," for p in spec.parameters),
        search=_search(experiment, lost),
        mode="max" if objective.type == "maximize" else "min",
        samples=1 if is_grid else spec.max_trial_count or -1,
        parallel=spec.parallel_trial_count,
        stop=stop,
        resources=_resources(experiment),
    )
    return Conversion(source, tuple(lost))


def _search(experiment: Experiment, lost: list[str]) -> str:
    name = experiment.spec.algorithm.algorithm_name
    if name in ("random", "grid"):
        return "None"
    if name not in _MODEL_BASED:
        lost.append(f"The algorithm {name}: TPE instead.")
    elif name != "tpe":
        lost.append(f"The algorithm {name}: Optuna's default sampler (TPE) instead.")
    return "OptunaSearch()"


def _space(parameter: Parameter, is_grid: bool, lost: list[str]) -> str:
    space, name = parameter.feasible_space, parameter.name
    if space.values is not None:
        function = "grid_search" if is_grid else "choice"
        return f"tune.{function}({list(space.values)!r})"
    if is_grid:
        low, high, step = float(space.min or 0), float(space.max or 0), float(space.step or 1)
        count = int((high - low) / step + 1e-9) + 1
        whole = parameter.parameter_type == "int"
        values = [
            int(low + i * step) if whole else round(low + i * step, 12) for i in range(count)
        ]
        return f"tune.grid_search({values!r})"
    if space.distribution in ("normal", "logNormal"):
        lost.append(f"{name}: the distribution {space.distribution}; a range instead.")
    is_log = space.distribution in ("logUniform", "logNormal")
    if is_log and space.step is not None:
        lost.append(f"{name}: the step {space.step} on a logarithmic range.")
    if parameter.parameter_type == "int":
        low, high = int(space.min or 0), int(space.max or 0)
        if is_log:
            return f"tune.lograndint({low}, {high + 1})"
        if space.step is not None and int(space.step) != 1:
            return f"tune.qrandint({low}, {high}, {int(space.step)})"
        return f"tune.randint({low}, {high + 1})"
    bounds = f"{float(space.min or 0)!r}, {float(space.max or 0)!r}"
    if is_log:
        return f"tune.loguniform({bounds})"
    if space.step is not None:
        return f"tune.quniform({bounds}, {float(space.step)!r})"
    return f"tune.uniform({bounds})"


def _resources(experiment: Experiment) -> dict[str, float]:
    from eegtune.spec.quantities import parse_quantity

    resources = primary_container(experiment).get("resources") or {}
    requests = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    found = {"cpu": float(parse_quantity(requests.get("cpu", 1)))}
    if "nvidia.com/gpu" in requests:
        found["gpu"] = float(parse_quantity(requests["nvidia.com/gpu"]))
    return found


_SCRIPT = '''"""{name}: a Katib Experiment for Ray Tune."""

import re
import subprocess

from ray import tune
from ray.tune.search.optuna import OptunaSearch

{run_trial}
SPACE = {{
{space}
}}


def trainable(parameters):
    trial_name = tune.get_context().get_trial_name()
    tune.report({{METRIC: run_trial(parameters, trial_name)}})


if __name__ == "__main__":
    tuner = tune.Tuner(
        tune.with_resources(trainable, {resources!r}),
        param_space=SPACE,
        tune_config=tune.TuneConfig(
            metric=METRIC, mode={mode!r}, search_alg={search}, num_samples={samples},
            max_concurrent_trials={parallel},
        ),
        run_config=tune.RunConfig(name={name!r}, stop={stop}),
    )
    best = tuner.fit().get_best_result()
    print(best.metrics[METRIC], best.config)
'''
