"""To and from a Weights & Biases sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from eegtune.spec.conversion.conversion import (
    Conversion,
    command_words,
    common_losses,
    is_metadata,
)
from eegtune.spec.conversion.ranges import grid_values, range_of
from eegtune.spec.dumping import dump_yaml

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, Parameter
    from eegtune.spec.generation import Searched

_METHODS = {"grid": "grid", "random": "random"}
_BAYESIAN = ("tpe", "multivariate-tpe", "bayesianoptimization")
_MARK = "\0"
_SMALL = 1e-9


def convert(experiment: Experiment) -> Conversion:
    """Return the sweep's configuration."""
    lost = common_losses(experiment)
    spec = experiment.spec
    name = spec.algorithm.algorithm_name
    method = _METHODS.get(name, "bayes")
    if method == "bayes" and name not in _BAYESIAN:
        lost.append(f"The algorithm {name}: bayes instead.")
    elif method == "bayes":
        lost.append(f"The algorithm {name}: bayes of W&B is a Gaussian process.")
    lost += [
        f"Setting {s} of the algorithm."
        for s in spec.algorithm.settings
        if s in ("random_state", "n_startup_trials", "n_ei_candidates")
    ]
    document: dict[str, Any] = {
        "name": experiment.name,
        "method": method,
        "metric": _metric(experiment),
        "parameters": {p.name: _parameter(p, method == "grid", lost) for p in spec.parameters},
        "command": _command(experiment, lost),
    }
    if spec.max_trial_count is not None:
        document["run_cap"] = spec.max_trial_count
    if spec.early_stopping:
        stopping = spec.early_stopping.algorithm_name
        lost.append(f"Early stopping {stopping}: W&B knows hyperband only.")
    lost.append("The image and its resources: W&B agents run the command where they are.")
    lost.append(f"parallelTrialCount {spec.parallel_trial_count}: start so many agents.")
    lost.append("Metric lines on stdout: the command must call wandb.log.")
    return Conversion(dump_yaml(document), tuple(lost))


def _metric(experiment: Experiment) -> dict[str, Any]:
    objective = experiment.spec.objective
    metric: dict[str, Any] = {"name": objective.objective_metric_name, "goal": objective.type}
    if objective.goal is not None:
        metric["target"] = objective.goal
    return metric


def from_sweep(text: str, image: str, source: str = "<text>") -> Conversion:
    """Return an Experiment for a sweep's configuration.

    Raises:
        SpecError: The text is not YAML.
        ValueError: It is no sweep that can be converted.
    """
    from eegtune.spec.generation import Plan, write_plan

    sweep = _read_sweep(text, source)
    lost = [f"{key} of the sweep." for key in sweep if key not in _READ]
    fixed, searched = _read_parameters(sweep["parameters"], lost)
    metric = sweep.get("metric") if isinstance(sweep.get("metric"), dict) else {}
    assert isinstance(metric, dict)
    if sweep.get("early_terminate"):
        lost.append("early_terminate: choose earlyStopping or hyperband.")
    lost.append("wandb.log: the trial must print its metrics as NAME=VALUE lines.")
    goal: Literal["maximize", "minimize"] = (
        "maximize" if str(metric.get("goal", "minimize")).startswith("max") else "minimize"
    )
    algorithm = {"grid": "grid", "random": "random"}.get(
        str(sweep.get("method")), "multivariate-tpe"
    )
    target = metric.get("target")
    plan = Plan(
        name=_name(str(sweep.get("name") or "from-sweep")),
        summary=f"Converted from the W&B sweep {source}.",
        made_by="",
        objective_metric=str(metric.get("name") or "score"),
        objective_type=goal,
        command=tuple(_read_command(sweep, fixed, searched, lost)),
        searched=tuple(searched),
        image=image,
        algorithm=algorithm,
        latest=False,
        goal=float(target) if isinstance(target, (int, float)) else None,
        max_trials=sweep["run_cap"] if isinstance(sweep.get("run_cap"), int) else None,
    )
    return Conversion(write_plan(plan), tuple(lost))


def _read_sweep(text: str, source: str) -> dict[str, Any]:
    from eegtune.spec.reader import read_trees

    trees = read_trees(text, source)
    sweep = trees[0][0].plain() if trees else None
    if not isinstance(sweep, dict) or not isinstance(sweep.get("parameters"), dict):
        raise ValueError(f"{source} is no W&B sweep: it has no parameters")
    return sweep


_READ = (
    "name",
    "description",
    "program",
    "command",
    "method",
    "metric",
    "parameters",
    "run_cap",
    "early_terminate",
)


def _parameter(parameter: Parameter, is_grid: bool, lost: list[str]) -> dict[str, Any]:
    space = parameter.feasible_space
    if space.values is not None:
        numbers = parameter.parameter_type == "discrete"
        return {"values": [_number(v) if numbers else v for v in space.values]}
    if is_grid:
        return {"values": grid_values(parameter)}
    low, high, step, is_log, is_int = range_of(parameter, lost)
    bounds: dict[str, Any] = {"min": low, "max": high}
    if is_log:
        kind = "q_log_uniform_values" if is_int else "log_uniform_values"
        return {"distribution": kind, **bounds} | ({"q": 1} if is_int else {})
    if step is None:
        return {"distribution": "int_uniform" if is_int else "uniform", **bounds}
    if abs(low / step - round(low / step)) > _SMALL:  # W&B rounds to multiples of q
        return {"values": grid_values(parameter)}
    return {"distribution": "q_uniform", "q": step, **bounds}


def _command(experiment: Experiment, lost: list[str]) -> list[str]:
    """Return the words; W&B adds all parameters as --NAME=VALUE in place of `${args}`."""

    def spell(reference: str) -> str:
        if is_metadata(reference):
            lost.append(f"{reference} in the command: W&B has no counterpart; it stays empty.")
            return ""
        return f"{_MARK}{reference}{_MARK}"

    words, result, placed = command_words(experiment, spell), [], False
    names = {parameter.name for parameter in experiment.spec.parameters}
    for word in words:
        if _MARK not in word:
            result.append(word)
            continue
        name = word.split(_MARK)[1]
        if word != f"--{name}={_MARK}{name}{_MARK}" or name not in names:
            lost.append(
                f"{name} stands in the command as {word.replace(_MARK, '|')!r}; W&B passes "
                f"--{name}=VALUE."
            )
        if not placed:
            result.append("${args}")
            placed = True
    return result


def _read_parameters(
    parameters: dict[str, Any], lost: list[str]
) -> tuple[dict[str, str], list[Searched]]:
    fixed: dict[str, str] = {}
    searched = []
    for name, space in parameters.items():
        if not isinstance(space, dict):
            raise ValueError(f"parameter {name!r} of the sweep is no mapping")
        if "value" in space:
            fixed[name] = _text(space["value"])
        elif "parameters" in space:
            lost.append(f"{name}: nested parameters.")
        else:
            searched.append(_read_space(name, space, lost))
    if not searched:
        raise ValueError("the sweep searches nothing")
    return fixed, searched


def _read_space(name: str, space: dict[str, Any], lost: list[str]) -> Searched:
    from eegtune.spec.generation import Searched

    if isinstance(space.get("values"), list):
        values = tuple(_text(value) for value in space["values"])
        numbers = all(_is_number(value) for value in space["values"])
        if "probabilities" in space:
            lost.append(f"{name}: probabilities of its values.")
        return Searched(name, "discrete" if numbers else "categorical", values=values)
    kind = str(space.get("distribution") or "uniform")
    low, high = space.get("min"), space.get("max")
    if not _is_number(low) or not _is_number(high):
        raise ValueError(f"parameter {name!r} ({kind}) has no min and max; Katib needs both")
    assert isinstance(low, (int, float))
    assert isinstance(high, (int, float))
    if kind in ("log_uniform", "q_log_uniform"):
        import math

        low, high = math.exp(low), math.exp(high)
    if "normal" in kind or "beta" in kind or kind.startswith("inv_"):
        lost.append(f"{name}: the distribution {kind}; a range instead.")
    quantum = space.get("q") if _is_number(space.get("q")) else None
    is_int = kind == "int_uniform" or (
        isinstance(low, int) and isinstance(high, int) and quantum in (None, int(quantum or 1))
    )
    step = _text(quantum) if quantum is not None and not (is_int and quantum == 1) else None
    return Searched(
        name, "int" if is_int else "double", _text(low), _text(high), step, "log" in kind
    )


def _read_command(
    sweep: dict[str, Any], fixed: dict[str, str], searched: list[Searched], lost: list[str]
) -> list[str]:
    given = sweep.get("command") or ["${env}", "${interpreter}", "${program}", "${args}"]
    arguments = [f"--{name}={value}" for name, value in fixed.items()]
    arguments += [f"--{p.name}=${{trialParameters.{p.placeholder}}}" for p in searched]
    words: list[str] = []
    for word in given if isinstance(given, list) else [str(given)]:
        if word == "${env}":
            continue
        if word in ("${args}", "${args_no_hyphens}", "${args_no_boolean_flags}"):
            words += arguments
            if word != "${args}":
                lost.append(f"{word} of the command: parameters are written --NAME=VALUE.")
        elif word == "${interpreter}":
            words += ["python", "-u"]
        else:
            words.append(str(sweep.get("program", "")) if word == "${program}" else str(word))
    if not any(argument in words for argument in arguments):
        words += arguments
    return words


def _name(text: str) -> str:
    import re

    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return name if name[:1].isalpha() else f"sweep-{name}"[:40]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(text: str) -> int | float:
    value = float(text)
    return (
        int(value)
        if value == int(value) and "." not in text and "e" not in text.lower()
        else value
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
