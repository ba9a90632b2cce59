"""What follows from hyperparameters that are not searched: they keep one value in every trial."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from trial_runner.hyperparameters import Hyperparameter, format_value

_CONDITION = re.compile(r"(\w+) *(==|!=) *'([^']*)'", re.ASCII)
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
    names, values, asked = set(searched), dict[str, str](), dict[str, str]()
    queue = [known[name] for name in known if name in names]
    for hyperparameter in queue:
        match = _CONDITION.fullmatch(hyperparameter.when or "")
        if match is None or match.group(1) in names:
            continue
        parent = known[match.group(1)]
        value = _meeting(parent, match.group(2), match.group(3), values.get(parent.name))
        if value is None:
            raise ValueError(
                f"{hyperparameter.name} matters where {hyperparameter.when}, "
                f"{asked[parent.name]} where it does not: search {parent.name} too"
            )
        if parent.name not in values:
            queue.append(parent)
        values[parent.name] = value
        asked[parent.name] = hyperparameter.name
    return {n: v for n, v in values.items() if v != format_value(known[n].default)}


def _meeting(parent: Hyperparameter, sign: str, wanted: str, given: str | None) -> str | None:
    """Return a value with which a condition holds: the given one, the default, or another."""
    choices = [format_value(choice) for choice in parent.choices]
    candidates = [format_value(parent.default), *choices] if given is None else [given]
    return next((v for v in candidates if (v == wanted) == (sign == "==")), None)


def _literal(hyperparameter: Hyperparameter, value: str) -> str:
    return json.dumps(value) if hyperparameter.kind == "categorical" else value
