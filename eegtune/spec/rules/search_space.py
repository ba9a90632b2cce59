"""Rules on spaces that an algorithm cannot search, or searches otherwise than one thinks."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import Case, number
from eegtune.spec.rules.rule import Problem, broken, poor

_HUGE_GRID = 1_000_000


@broken(
    "grid-step",
    "A grid needs a step for each double.",
    "Give the space a step.",
)
def grid_step(case: Case) -> Iterator[Problem]:
    for index, parameter in enumerate(case.parameters if case.algorithm == "grid" else ()):
        if parameter.get("parameterType") == "double" and not parameter["feasibleSpace"].get(
            "step"
        ):
            path = ("spec", "parameters", index, "feasibleSpace")
            yield Problem(path, f"double {parameter.get('name')!r} has no step.")


@broken(
    "grid-too-small",
    "Katib's grid refuses more trials than it has points, and without "
    "maxTrialCount it fails at each call once all are tried.",
    "Set maxTrialCount to the number of points.",
    only_on_katib=True,
)
def grid_too_small(case: Case) -> Iterator[Problem]:
    size = grid_size(case)
    if size is None or case.provider != "optuna":
        return
    if case.max_trials is None:
        yield Problem(
            ("spec",),
            f"the grid has {size:,} points, and there is no maxTrialCount.",
            f"Add `maxTrialCount: {size}`.",
            at_key=True,
        )
    elif case.max_trials > size:
        said = f"maxTrialCount is {case.max_trials}; the grid has {size:,} points."
        yield Problem(("spec", "maxTrialCount"), said, f"Write {size}.")


@poor(
    "grid-cut",
    "A grid with more points than trials is tried in part only, in random order.",
    "Raise maxTrialCount, coarsen the grid, or use random or sobol.",
)
def grid_cut(case: Case) -> Iterator[Problem]:
    size = grid_size(case)
    if size is not None and case.max_trials is not None and size > case.max_trials:
        said = f"the grid has {size:,} points, maxTrialCount is {case.max_trials}."
        yield Problem(("spec", "maxTrialCount"), said)


@broken(
    "grid-too-large",
    "A grid's points are all listed at the start; a million of them do not "
    "fit into the service's memory.",
    "Coarsen the grid, or use random or sobol.",
    only_on_katib=True,
)
def grid_too_large(case: Case) -> Iterator[Problem]:
    size = grid_size(case)
    if size is not None and size > _HUGE_GRID:
        yield Problem(("spec", "parameters"), f"the grid has {size:.3g} points.", at_key=True)


@broken(
    "hyperband-stuck",
    "Katib's hyperband answers with the size of its own rung where the "
    "controller asks for free places; after the first rung the two differ, and the Experiment "
    "stays in Running for ever.",
    "Use eegtune's hyperband or asha; or maxTrialCount = parallelTrialCount, which is a "
    "random search.",
    only_on_katib=True,
)
def hyperband_stuck(case: Case) -> Iterator[Problem]:
    if case.provider == "hyperband" and (
        case.max_trials is None or case.max_trials > case.parallel
    ):
        yield Problem(
            ("spec", "algorithm", "algorithmName"),
            f"maxTrialCount is {case.max_trials}, parallelTrialCount {case.parallel}.",
        )


@broken(
    "hyperband-parallel",
    "Katib's hyperband starts a whole rung at once: parallelTrialCount "
    "must be at least eta^floor(log_eta r_l).",
    "Raise parallelTrialCount.",
    only_on_katib=True,
)
def hyperband_parallel(case: Case) -> Iterator[Problem]:
    eta, most = number(case.settings.get("eta", "3")), number(case.settings.get("r_l"))
    if case.provider != "hyperband" or not eta or not most or eta <= 1 or most <= 1:
        return
    least = math.ceil(eta ** int(math.log(most) / math.log(eta)))
    if case.parallel < least:
        said = f"parallelTrialCount is {case.parallel}; r_l {most:g} and eta {eta:g} need {least}."
        yield Problem(("spec", "parallelTrialCount"), said, f"Write {least}.")


@broken(
    "hyperband-resource",
    "hyperband's resource is a parameter of the Experiment.",
    "Name one of spec.parameters in resource_name.",
    only_on_katib=True,
)
def hyperband_resource(case: Case) -> Iterator[Problem]:
    name = case.settings.get("resource_name")
    if case.provider == "hyperband" and name and name not in case.parameter_names:
        yield Problem(("spec", "algorithm"), f"there is no parameter {name!r}.", at_key=True)


@broken(
    "hyperband-discrete",
    "Katib's hyperband reads the values of discrete parameters as whole numbers; with others it "
    "fails at each call, and the Experiment stays in Running without a trial.",
    "Make the parameter categorical, or use eegtune's hyperband.",
    only_on_katib=True,
)
def hyperband_discrete(case: Case) -> Iterator[Problem]:
    for index, parameter in enumerate(case.parameters if case.provider == "hyperband" else ()):
        values = parameter["feasibleSpace"].get("list") or ()
        wrong = [str(value) for value in values if not re.fullmatch(r"\s*[+-]?\d+\s*", str(value))]
        if parameter.get("parameterType") == "discrete" and wrong:
            path = ("spec", "parameters", index, "feasibleSpace", "list")
            name = parameter.get("name")
            yield Problem(path, f"{wrong[0]!r} of {name!r} is no whole number.")


@broken(
    "distribution-unsupported",
    "Katib's services by Optuna (grid, multivariate-tpe) sample "
    "uniform and logUniform only, and fail at each call for others.",
    "Use uniform or logUniform, or random and tpe.",
    only_on_katib=True,
)
def distribution_unsupported(case: Case) -> Iterator[Problem]:
    for path, name, space in _spaces(case) if case.provider == "optuna" else ():
        if space.get("distribution") in ("normal", "logNormal"):
            yield Problem((*path, "distribution"), f"{name!r} is {space['distribution']}.")


@poor(
    "distribution-ignored",
    "Katib's services by goptuna (cmaes, sobol), skopt and hyperband ignore the distribution.",
    "Use random, tpe or multivariate-tpe.",
    only_on_katib=True,
)
def distribution_ignored(case: Case) -> Iterator[Problem]:
    ignoring = case.provider in ("goptuna", "hyperband", "skopt") or (
        case.algorithm == "grid" and case.provider == "optuna"
    )
    for path, name, space in _spaces(case) if ignoring else ():
        if space.get("distribution") != "uniform":
            said = (
                f"{case.algorithm} treats {name!r} as it pleases, not as {space['distribution']}."
            )
            yield Problem((*path, "distribution"), said)


@broken(
    "nan-suggested",
    "Katib's bayesianoptimization samples each double logarithmically; from "
    "0 or below it suggests the value `nan`.",
    "Raise min above 0, or use multivariate-tpe.",
    only_on_katib=True,
)
def nan_suggested(case: Case) -> Iterator[Problem]:
    for path, name, space in _spaces(case, "double") if case.provider == "skopt" else ():
        low = number(space.get("min"))
        if low is not None and low <= 0:
            yield Problem((*path, "min"), f"double {name!r} starts at {low:g}.")


@poor(
    "outside-bounds",
    "Katib's services by hyperopt (random, tpe) round to multiples of the "
    "step, and leave a normal distribution unbounded: values outside min and max occur.",
    "Let min and max be multiples of the step, or use multivariate-tpe.",
    only_on_katib=True,
)
def outside_bounds(case: Case) -> Iterator[Problem]:
    for path, name, space in _spaces(case) if case.provider == "hyperopt" else ():
        if space.get("distribution") in ("normal", "logNormal"):
            yield Problem((*path, "distribution"), f"{name!r} is {space['distribution']}.")
            continue
        low, high, step = (number(space.get(key)) for key in ("min", "max", "step"))
        if step and step > 0 and not all(_is_multiple(x, step) for x in (low, high)):
            yield Problem(
                (*path, "step"), f"{name!r} has bounds that are no multiples of {step:g}."
            )


def grid_size(case: Case) -> int | None:
    """Return how many points a grid has; None for other algorithms, or where it is unclear."""
    if case.algorithm != "grid" or not case.parameters:
        return None
    size = 1
    for parameter in case.parameters:
        count = _count(parameter)
        if not count:
            return None
        size *= count
    return size


def _count(parameter: dict[str, Any]) -> int | None:
    space = parameter["feasibleSpace"]
    if parameter.get("parameterType") in ("discrete", "categorical"):
        return len(space.get("list") or ())
    low, high = number(space.get("min")), number(space.get("max"))
    default = 1.0 if parameter.get("parameterType") == "int" else None
    step = number(space.get("step")) or default
    if low is None or high is None or step is None or step <= 0 or low > high:
        return None
    count = (high - low) / step
    return int(count + 1e-9) + 1 if count < 1e15 else None


def _spaces(
    case: Case, kind: str | None = None
) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    for index, parameter in enumerate(case.parameters):
        found = parameter.get("parameterType")
        if found in ("double", "int") and kind in (None, found):
            path = ("spec", "parameters", index, "feasibleSpace")
            yield path, parameter.get("name", ""), parameter["feasibleSpace"]


def _is_multiple(value: float | None, step: float) -> bool:
    return value is None or abs(value / step - round(value / step)) < 1e-9


RULES = (
    grid_step,
    grid_too_small,
    grid_cut,
    grid_too_large,
    hyperband_stuck,
    hyperband_parallel,
    hyperband_resource,
    hyperband_discrete,
    distribution_unsupported,
    distribution_ignored,
    nan_suggested,
    outside_bounds,
)
