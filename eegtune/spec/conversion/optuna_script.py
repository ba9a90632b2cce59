"""To a Python script with an Optuna study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import Conversion
from eegtune.spec.conversion.ranges import range_of
from eegtune.spec.conversion.script import run_trial_source, script_losses, seed_of

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter

_SAMPLERS = {
    "random": "RandomSampler(seed={seed})",
    "tpe": "TPESampler(seed={seed}, constant_liar=True)",
    "multivariate-tpe": "TPESampler(seed={seed}, multivariate=True, constant_liar=True)",
    "bayesianoptimization": "GPSampler(seed={seed})",
    "cmaes": "CmaEsSampler(seed={seed})",
    "sobol": "QMCSampler(seed={seed})",
    "nsga2": "NSGAIISampler(seed={seed})",
}


def convert(experiment: Experiment) -> Conversion:
    """Return the script."""
    spec, objective = experiment.spec, experiment.spec.objective
    lost = script_losses(experiment, "where the script does")
    source = _SCRIPT.format(
        name=experiment.name,
        run_trial=run_trial_source(experiment, lost),
        suggestions="\n".join(
            f"        {p.name!r}: {_suggest(p, lost)}," for p in spec.parameters
        ),
        sampler=_sampler(experiment, lost),
        direction=objective.type,
        goal=objective.goal,
        reached=">=" if objective.type == "maximize" else "<=",
        trials=spec.max_trial_count,
        parallel=spec.parallel_trial_count,
    )
    return Conversion(source, tuple(lost))


def _sampler(experiment: Experiment, lost: list[str]) -> str:
    algorithm = experiment.spec.algorithm
    seed = seed_of(experiment)
    if algorithm.algorithm_name == "grid":
        return f"optuna.samplers.BruteForceSampler(seed={seed})"
    known = _SAMPLERS.get(algorithm.algorithm_name)
    if known is None:
        lost.append(f"The algorithm {algorithm.algorithm_name}: multivariate TPE instead.")
    others = [
        name for name in algorithm.settings if name in ("n_startup_trials", "sigma", "gamma")
    ]
    lost.extend(f"Setting {name} of the algorithm." for name in others)
    return "optuna.samplers." + (known or _SAMPLERS["multivariate-tpe"]).format(seed=seed)


def _suggest(parameter: Parameter, lost: list[str]) -> str:
    space, name = parameter.feasible_space, parameter.name
    if space.values is not None:
        return f"trial.suggest_categorical({name!r}, {list(space.values)!r})"
    low, high, step, is_log, is_int = range_of(parameter, lost)
    kind = "int" if is_int else "float"
    more = f", step={step!r}" if step is not None else ", log=True" if is_log else ""
    return f"trial.suggest_{kind}({name!r}, {low!r}, {high!r}{more})"


_SCRIPT = '''"""{name}: a Katib Experiment as an Optuna study."""

import re
import subprocess

import optuna

{run_trial}

def objective(trial):
    parameters = {{
{suggestions}
    }}
    return run_trial(parameters, f"{name}-{{trial.number}}")


def stop_at_goal(study, trial):
    goal = {goal!r}
    if goal is not None and trial.value is not None and trial.value {reached} goal:
        study.stop()


if __name__ == "__main__":
    study = optuna.create_study(
        study_name={name!r}, direction={direction!r}, sampler={sampler}
    )
    study.optimize(
        objective, n_trials={trials!r}, n_jobs={parallel!r}, catch=(RuntimeError,),
        callbacks=[stop_at_goal],
    )
    print(study.best_trial.value, study.best_trial.params)
'''
