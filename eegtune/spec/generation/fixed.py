"""What follows from hyperparameters that are not searched: they keep one value in every trial."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trial_runner.hyperparameters import Hyperparameter, format_value

_CONDITION = re.compile(r"(\w+) *(==|!=|>=|<=|>|<) *(?:'([^']*)'|(-?[0-9.]+))", re.ASCII)
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
    ">": operator.gt, "<": operator.lt,
}  # fmt: skip
Asked = tuple[Hyperparameter, re.Match[str]]
_NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?![\w'\"])", re.ASCII)


def constraints_among(
    constraints: Iterable[str],
    hyperparameters: Iterable[Hyperparameter],
    searched: Iterable[str],
    fixed: Mapping[str, str],
) -> tuple[str, ...]:
    """Return the constraints that searched hyperparameters can break.

    The others are written as the value that every trial has; a constraint in which nothing is
    searched is left out.

    Args:
        constraints: CEL expressions.
        hyperparameters: All that they may name.
        searched: Names of those that are searched.
        fixed: Values of those whose value is not the default, by name.
    """
    wanted = set(searched)
    literals = {
        h.name: _literal(h, fixed.get(h.name, format_value(h.default)))
        for h in hyperparameters
        if h.name not in wanted
    }
    return tuple(
        _NAME.sub(lambda match: literals.get(match.group(), match.group()), text)
        for text in constraints
        if wanted & set(_NAME.findall(text))
    )


def values_that_matter(
    hyperparameters: Iterable[Hyperparameter], searched: Iterable[str]
) -> dict[str, str]:
    """Return what must be fixed, beside the defaults, for searched hyperparameters to matter.

    Who searches `hidden_dim` alone wants a hidden layer, which is off by default.

    Raises:
        ValueError: Two of them matter under conditions that exclude each other.
    """
    known = {h.name: h for h in hyperparameters}
    names, asked = set(searched), dict[str, list[Asked]]()
    queue = [known[name] for name in known if name in names]
    for hyperparameter in queue:
        match = _CONDITION.fullmatch(hyperparameter.when or "")
        if match is None or match.group(1) in names:
            continue
        parent = known[match.group(1)]
        if parent.name not in asked:
            queue.append(parent)
        asked.setdefault(parent.name, []).append((hyperparameter, match))
    values = {name: _meeting(known[name], of_it) for name, of_it in asked.items()}
    return {n: v for n, v in values.items() if v != format_value(known[n].default)}


def _meeting(parent: Hyperparameter, asked: list[Asked]) -> str:
    """Return a value with which all conditions hold: the default, or the first other one.

    Raises:
        ValueError: There is none.
    """
    fitting = [format_value(parent.default), *_values(parent)]
    for hyperparameter, condition in asked:
        kept = [value for value in fitting if _holds(condition, value)]
        if not kept:
            raise ValueError(
                f"{hyperparameter.name} matters where {hyperparameter.when}, "
                f"{asked[0][0].name} where it does not: search {parent.name} too"
            )
        fitting = kept
    return fitting[0]


def _holds(condition: re.Match[str], value: str) -> bool:
    sign, text, number = condition.group(2), condition.group(3), condition.group(4)
    if number is None:
        return bool(_SIGNS[sign](value, text))
    return bool(_SIGNS[sign](float(value), float(number)))


def _values(hyperparameter: Hyperparameter) -> list[str]:
    """Return values that are searched, the lowest first: all choices, or the steps of a range."""
    h = hyperparameter
    if h.choices:
        return [format_value(choice) for choice in h.choices]
    assert h.low is not None
    assert h.high is not None
    if h.kind == "int":
        return [str(value) for value in range(int(h.low), int(h.high) + 1, int(h.step or 1))]
    return [format_value(h.low), format_value(h.high)]


def _literal(hyperparameter: Hyperparameter, value: str) -> str:
    return json.dumps(value) if hyperparameter.kind == "categorical" else value
