"""An Experiment's plan from the declaration of a trial_runner component."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from eegtune import __version__
from eegtune.spec.generation.fixed import constraints_among, values_that_matter
from eegtune.spec.generation.plan import Plan, Searched, TrialKind
from trial_runner.components import Component, get_component
from trial_runner.hyperparameters import Hyperparameter, format_value

BUDGETED = ("hyperband", "asha", "bohb")
_ONE_OBJECTIVE = ("cmaes", "pbt")
# As many trials as an Experiment has by default: members, and steps of each to the full budget.
_MEMBERS, _GENERATIONS = 8, 5
_EVOKED = "simulation:subjects=16,windows=20,window_seconds=1,sfreq_hz=128,evoked_microvolts=10"
DEFAULT_DATA = {
    "linear_probe": "selfregulationscp1",
    "automl": "selfregulationscp1",
    "autoreject": "simulation",
    "sleep": "simulation",
    "emotion": "simulation",
    "activity": "watch",
    # A response locked to the window's start, which small networks learn without pre-training.
    "eegpt": _EVOKED,
    "efficiency": _EVOKED,
}
_LABELS = {"multivariate-tpe": "bayesian", "tpe": "bayesian", "bayesianoptimization": "gp"}


def plan_for_component(
    name: str,
    algorithm: str = "multivariate-tpe",
    *,
    data: str | None = None,
    parameters: Sequence[str] = (),
    gpus: int = 0,
    kind: TrialKind = "Job",
    made_by: str = "",
) -> Plan:
    """Return the plan of an Experiment that tunes a component.

    Args:
        name: The component.
        algorithm: The search algorithm.
        data: What `--data` of the trials says; by default the component's example.
        parameters: The hyperparameters to search; by default all but the training budget.
        gpus: GPUs of a trial; without one, components that say so are searched at a smaller size.
        kind: What runs a trial.
        made_by: The command line, for the file's header.

    Raises:
        KeyError: There is no such component.
        ValueError: It has no such hyperparameter, no budget for hyperband, nothing that pbt may
            change, or data is missing.
    """
    component, added = sized(get_component(name), gpus)
    data = data or DEFAULT_DATA.get(component.name)
    if data is None:
        raise ValueError(f"{component.name} needs --data: a data set's name, folder or s3:// URI")
    if gpus > 1 and not component.is_distributed:
        raise ValueError(f"a trial of {component.name} uses one GPU at most; give --gpus=1")
    is_population = algorithm == "pbt" and component.resource is not None
    budgeted = algorithm in BUDGETED or is_population
    searched = _searched(component, parameters, budgeted)
    names = [parameter.name for parameter in searched]
    fixed = dict(added) | values_that_matter(component.hyperparameters, names)
    fixed = {n: v for n, v in fixed.items() if n not in names}
    plan = Plan(
        name=f"{component.name}-{_LABELS.get(algorithm, algorithm)}".replace("_", "-")[:40],
        summary=component.summary,
        made_by=made_by,
        objective_metric=component.objective_metric,
        objective_type=component.objective_type,
        command=(*_launcher(gpus, kind), *_command(component, data, searched, fixed, budgeted)),
        searched=searched,
        image=f"eegtune/{component.extra}:{__version__}",
        memory=component.memory,
        gpus=gpus,
        kind=kind,
        algorithm=algorithm,
        settings=(("random_state", "0"), *_settings(component, algorithm, names)),
        additional_metrics=component.additional_metrics,
        constraints=constraints_among(
            component.constraints, component.hyperparameters, names, fixed
        ),
        secret="eegtune-s3" if data.startswith("s3://") else None,
        restricted=True,
    )
    if algorithm != "grid":
        return plan
    grid = plan.gridded()
    command = _command(component, data, grid.searched, fixed, budgeted)
    return replace(grid, command=(*_launcher(gpus, kind), *command))


def sized(component: Component, gpus: int) -> tuple[Component, tuple[tuple[str, str], ...]]:
    """Return a component as trials with so many GPUs are searched, and what they all are given."""
    smaller = component.without_gpu
    if gpus or smaller is None:
        return component, ()
    instead = {h.name: h for h in smaller.hyperparameters}
    added = [
        (h.name, format_value(instead[h.name].default))
        for h in component.hyperparameters
        if h.name in instead and instead[h.name].default != h.default
    ]
    hyperparameters = tuple(instead.get(h.name, h) for h in component.hyperparameters)
    small = replace(component, hyperparameters=hyperparameters, memory=smaller.memory)
    return small, (*smaller.options, *added)


def searched_from(hyperparameter: Hyperparameter) -> Searched:
    """Return a hyperparameter as Katib searches it.

    A logarithmic whole number with a step other than 1 has no counterpart in Katib's services;
    the step is left out.
    """
    h = hyperparameter
    if h.choices:
        values = tuple(format_value(choice) for choice in h.choices)
        return Searched(h.name, h.kind, values=values, comment=h.help, when=h.when)
    assert h.low is not None
    assert h.high is not None
    step = None if h.step is None or h.log else format_value(h.step)
    return Searched(
        h.name,
        h.kind,
        format_value(h.low),
        format_value(h.high),
        step,
        h.log,
        comment=h.help,
        when=h.when,
    )


def _searched(component: Component, wanted: Sequence[str], budgeted: bool) -> tuple[Searched, ...]:
    names = [h.name for h in component.hyperparameters]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise ValueError(
            f"{component.name} has no hyperparameter {', '.join(unknown)}; "
            f"it has {', '.join(names)}"
        )
    if budgeted and component.resource is None:
        raise ValueError(f"{component.name} has no training budget for hyperband, asha or bohb")
    chosen = []
    for h in component.hyperparameters:
        is_budget = h.name == component.resource
        if (budgeted if is_budget else not wanted) or h.name in wanted:
            chosen.append(searched_from(h))
    kept = {parameter.name for parameter in chosen}
    return tuple(_without_dangling(parameter, kept, names) for parameter in chosen)


def _without_dangling(parameter: Searched, kept: set[str], names: Sequence[str]) -> Searched:
    """Drop a condition that speaks of a hyperparameter which is not searched."""
    words = set(re.findall(r"\w+", parameter.when or ""))
    dangling = any(name in words for name in names if name not in kept)
    return replace(parameter, when=None) if dangling else parameter


def _launcher(gpus: int, kind: TrialKind) -> tuple[str, ...]:
    """Return the words that start a process a GPU; Kubeflow Trainer says by itself how many."""
    if kind == "TrainJob":
        return ("torchrun", "--no-python")
    if gpus < 2:
        return ()
    return ("torchrun", "--standalone", f"--nproc-per-node={gpus}", "--no-python")


def _settings(
    component: Component, algorithm: str, names: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    if algorithm in BUDGETED:
        return (*_budget(component), ("reduction_factor", "3"))
    if algorithm == "pbt" and component.resource is not None:
        return _population(component, names)
    if not component.objectives or algorithm in _ONE_OBJECTIVE:
        return ()
    return (("objectives", component.objectives),)


def _population(component: Component, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the settings of pbt: its budget in equal steps, and what a checkpoint bears.

    Raises:
        ValueError: Nothing that is searched may change when a trial goes on from a checkpoint.
    """
    budget = next(h for h in component.hyperparameters if h.name == component.resource)
    may_change = [
        h.name
        for h in component.hyperparameters
        if h.may_change_on_resume and h.name in names and h.name != budget.name
    ]
    if not may_change:
        raise ValueError(
            f"pbt changes hyperparameters while it trains; of {', '.join(names)} of "
            f"{component.name} none may change on resume"
        )
    assert budget.high is not None
    step = budget.high / _GENERATIONS
    return (
        ("resource", budget.name),
        ("resource_step", format_value(ceil(step) if budget.kind == "int" else step)),
        ("max_resource", format_value(budget.high)),
        ("n_population", str(_MEMBERS)),
        ("may_change", ",".join(may_change)),
    )


def _budget(component: Component) -> tuple[tuple[str, str], ...]:
    budget = next(h for h in component.hyperparameters if h.name == component.resource)
    assert budget.low is not None
    assert budget.high is not None
    return (
        ("resource", budget.name),
        ("min_resource", format_value(budget.low)),
        ("max_resource", format_value(budget.high)),
    )


def _command(
    component: Component,
    data: str,
    searched: Sequence[Searched],
    fixed: Mapping[str, str],
    budgeted: bool,
) -> tuple[str, ...]:
    options = {option.name for option in component.options}
    command = ["trial-runner", component.name, f"--data={data}"]
    if "folds" in options and "folds" not in fixed:
        command.append("--folds=5")
    if "trial_name" in options:
        command.append("--trial_name=${trialParameters.trialName}")
    if budgeted and "schedule_epochs" in options:
        command.append(f"--schedule_epochs={dict(_budget(component))['max_resource']}")
    command += [f"--{name}={value}" for name, value in fixed.items()]
    command += [f"--{p.name}=${{trialParameters.{p.placeholder}}}" for p in searched]
    return tuple(command)
