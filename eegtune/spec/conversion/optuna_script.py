"""To a Python script with an Optuna study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import Conversion, common_losses
from eegtune.spec.conversion.script import run_trial_source

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
    lost = common_losses(experiment)
    spec, objective = experiment.spec, experiment.spec.objective
    if spec.early_stopping:
        lost.append(
            f"Early stopping {spec.early_stopping.algorithm_name}: a command's metrics are read "
            "when it has ended."
        )
    if objective.additional_metric_names:
        lost.append(f"Additional metrics {', '.join(objective.additional_metric_names)}.")
    lost.append("The image and its resources: the command runs where the script does.")
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
    seed = algorithm.settings.get("random_state", "")
    seed = seed if seed.isdigit() else "None"
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
    if space.distribution in ("normal", "logNormal"):
        lost.append(f"{name}: the distribution {space.distribution}; a range instead.")
    is_log = space.distribution in ("logUniform", "logNormal")
    if is_log and space.step is not None:
        lost.append(f"{name}: the step {space.step} on a logarithmic range.")
    if parameter.parameter_type == "int":
        step = "" if is_log or space.step is None else f", step={int(space.step)}"
        bounds = f"{int(space.min or 0)}, {int(space.max or 0)}"
        return f"trial.suggest_int({name!r}, {bounds}{step}{', log=True' if is_log else ''})"
    step = "" if is_log or space.step is None else f", step={float(space.step)!r}"
    bounds = f"{float(space.min or 0)!r}, {float(space.max or 0)!r}"
    return f"trial.suggest_float({name!r}, {bounds}{step}{', log=True' if is_log else ''})"


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
