"""To a Python script for Ray Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import Conversion, primary_container
from eegtune.spec.conversion.ranges import grid_values, range_of
from eegtune.spec.conversion.script import run_trial_source, script_losses, seed_of

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter

_MODEL_BASED = ("tpe", "multivariate-tpe", "bayesianoptimization", "cmaes")


def convert(experiment: Experiment) -> Conversion:
    """Return the script."""
    spec, objective = experiment.spec, experiment.spec.objective
    lost = script_losses(experiment, "where Ray's workers do")
    is_grid = spec.algorithm.algorithm_name == "grid"
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
    return f"OptunaSearch(seed={seed_of(experiment)})"


def _space(parameter: Parameter, is_grid: bool, lost: list[str]) -> str:
    space = parameter.feasible_space
    if space.values is not None:
        function = "grid_search" if is_grid else "choice"
        return f"tune.{function}({list(space.values)!r})"
    if is_grid:
        return f"tune.grid_search({grid_values(parameter)!r})"
    low, high, step, is_log, is_int = range_of(parameter, lost)
    if is_int and step is None:  # without the upper bound, unlike all others
        return f"tune.{'lograndint' if is_log else 'randint'}({low!r}, {high + 1!r})"
    if step is not None:
        return f"tune.{'qrandint' if is_int else 'quniform'}({low!r}, {high!r}, {step!r})"
    return f"tune.{'loguniform' if is_log else 'uniform'}({low!r}, {high!r})"


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
