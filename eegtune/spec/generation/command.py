"""An Experiment's plan from a user's own command line with spaces in braces.

`python train.py --lr {lr:1e-5..1e-2:log} --depth {depth:2..8} --act {act:relu|gelu}`
"""

from __future__ import annotations

import re
import shlex
from typing import Literal

from eegtune.spec.generation.plan import Plan, Searched
from eegtune.spec.scalars import resolve_plain

_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*):([^{}]+)\}")
_EXAMPLE = "{lr:1e-5..1e-2:log}, {depth:2..8}, {width:32..256:step=32} or {act:relu|gelu}"


def plan_from_command(
    command: str,
    *,
    image: str,
    metric: str = "score",
    objective_type: Literal["maximize", "minimize"] = "maximize",
    algorithm: str = "multivariate-tpe",
    name: str = "my-experiment",
    made_by: str = "",
) -> Plan:
    """Return the plan of an Experiment that tunes a command in a user's image.

    Raises:
        ValueError: The command has no space in braces, or one that cannot be read.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"the command cannot be split into words: {error}") from None
    searched: dict[str, Searched] = {}

    def replace(match: re.Match[str]) -> str:
        parameter = _parse(match.group(1), match.group(2))
        if searched.setdefault(parameter.name, parameter) != parameter:
            raise ValueError(f"{{{parameter.name}:…}} stands twice with different spaces")
        return "${trialParameters." + parameter.placeholder + "}"

    words = [_BRACES.sub(replace, word) for word in words]
    if not searched:
        raise ValueError(f"nothing to search; write a space in braces such as {_EXAMPLE}")
    plan = Plan(
        name=name,
        summary=f"Tune `{words[0]}` in the image {image}.",
        made_by=made_by,
        objective_metric=metric,
        objective_type=objective_type,
        command=tuple(_unbuffered(words)),
        searched=tuple(searched.values()),
        image=image,
        algorithm=algorithm,
        latest=False,
    )
    return plan.gridded() if algorithm == "grid" else plan


def _unbuffered(words: list[str]) -> list[str]:
    """Make Python write each line at once; otherwise a killed trial reports nothing."""
    if re.fullmatch(r"python[0-9.]*", words[0]) and "-u" not in words[1:2]:
        return [words[0], "-u", *words[1:]]
    return words


def _parse(name: str, text: str) -> Searched:
    space, *options = text.split(":")
    if ".." not in space:
        return _choices(name, space, options)
    low, _, high = space.partition("..")
    numbers = [resolve_plain(low.strip()), resolve_plain(high.strip())]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers):
        raise ValueError(f"{{{name}:{text}}}: {space!r} is no range of numbers; try {_EXAMPLE}")
    log, step = False, None
    for option in options:
        if option == "log":
            log = True
        elif option.startswith("step="):
            step = option.removeprefix("step=")
        else:
            raise ValueError(f"{{{name}:{text}}}: unknown {option!r}; allowed are log and step=…")
    _check_bounds(f"{{{name}:{text}}}", float(low), float(high), log)
    bounds = [low, high] if step is None else [low, high, step]
    whole = all(re.fullmatch(r"[+-]?[0-9]+", bound.strip()) for bound in bounds)
    return Searched(name, "int" if whole else "double", low.strip(), high.strip(), step, log)


def _check_bounds(said: str, low: float, high: float, log: bool) -> None:
    if low >= high:
        raise ValueError(f"{said}: the first bound must be below, not above, the second")
    if log and low <= 0:
        raise ValueError(f"{said}: a logarithmic range must start above 0")


def _choices(name: str, space: str, options: list[str]) -> Searched:
    values = tuple(value.strip() for value in re.split(r"[|,]", space))
    if options or len(values) < 2 or not all(values):
        raise ValueError(f"{{{name}:{space}}} is no list of values; try {_EXAMPLE}")
    numbers = all(
        isinstance(n, (int, float)) and not isinstance(n, bool) for n in map(resolve_plain, values)
    )
    return Searched(name, "discrete" if numbers else "categorical", values=values)
