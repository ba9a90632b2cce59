"""Which conditional parameters mattered in which trial (the setting `conditions`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eegtune.spec.experiment import Experiment


def conditions_of(experiment: Experiment) -> dict[str, str]:
    """Return the CEL expression of every conditional parameter.

    >>> # setting `conditions`: "cutmix_alpha: augmentation == 'cutmix'; depth: use_tree == 'true'"
    """
    text = experiment.spec.algorithm.settings.get("conditions", "")
    parts = (part.partition(":") for part in text.split(";") if ":" in part)
    return {name.strip(): expression.strip() for name, _, expression in parts}


def activity(
    experiment: Experiment, assignments: Sequence[Mapping[str, str]]
) -> dict[str, tuple[bool, ...]]:
    """Say of each conditional parameter in which trials its condition held.

    A condition that cannot be read or computed counts as true: the report then shows a value too
    many instead of hiding one.
    """
    kinds = {p.name: p.parameter_type for p in experiment.spec.parameters}
    return {
        name: _holds(expression, kinds, assignments)
        for name, expression in conditions_of(experiment).items()
        if name in kinds
    }


def _holds(
    expression: str, kinds: Mapping[str, str], assignments: Sequence[Mapping[str, str]]
) -> tuple[bool, ...]:
    names = [n for n in kinds if re.search(rf"(?<![\w.]){re.escape(n)}(?!\w)", expression)]
    program = _compile(expression)
    if program is None:
        return (True,) * len(assignments)
    known: dict[tuple[str | None, ...], bool] = {}
    answers = []
    for values in assignments:
        key = tuple(values.get(name) for name in names)
        if key not in known:
            known[key] = _evaluate(program, dict(zip(names, key, strict=True)), kinds)
        answers.append(known[key])
    return tuple(answers)


def _compile(expression: str) -> Any:
    import celpy
    from celpy.celparser import CELParseError

    environment = celpy.Environment()
    try:
        return environment.program(environment.compile(expression))
    except CELParseError:
        return None


def _evaluate(program: Any, values: Mapping[str, str | None], kinds: Mapping[str, str]) -> bool:
    from celpy import celtypes
    from celpy.evaluation import CELEvalError

    try:
        context = {
            name: celtypes.StringType(text)
            if kinds[name] == "categorical"
            else celtypes.IntType(int(float(text)))
            if kinds[name] == "int"
            else celtypes.DoubleType(float(text))
            for name, text in values.items()
            if text is not None
        }
        return bool(program.evaluate(context))
    except (CELEvalError, ValueError, TypeError):
        return True
