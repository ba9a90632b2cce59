"""`--data=simulation:subjects=4,seed=1`: a simulator's plan as an argument."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, TypeVar

from trial_runner.errors import UsageError, did_you_mean

Plan = TypeVar("Plan")
_WORD = "simulation"


def is_simulated(data: str) -> bool:
    """Whether an argument `--data` asks for a simulation.

    >>> is_simulated("simulation:seed=3"), is_simulated("simulations/night.npz")
    (True, False)
    """
    return data == _WORD or data.startswith(f"{_WORD}:")


def parse_plan(data: str, plan: type[Plan]) -> Plan:
    """Return the plan that `simulation[:name=value,...]` stands for.

    Args:
        data: The argument.
        plan: A frozen dataclass whose fields are numbers or words.

    Raises:
        UsageError: A field is unknown, or its value is not of the field's kind.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(plan)}  # type: ignore[arg-type]
    kinds = typing.get_type_hints(plan)
    given: dict[str, Any] = {}
    for word in filter(None, data.partition(":")[2].split(",")):
        name, equals, text = word.partition("=")
        if name not in defaults or not equals:
            close = did_you_mean(name, defaults)
            raise UsageError(
                f"--data: a simulation has no {word!r}{close}; write name=value with one of "
                f"{', '.join(defaults)}"
            )
        given[name] = _value(name, text, kinds[name])
    return plan(**given)


def _value(name: str, text: str, kind: Any) -> Any:
    if typing.get_origin(kind) is typing.Literal:
        if text not in typing.get_args(kind):
            allowed = ", ".join(map(str, typing.get_args(kind)))
            raise UsageError(f"--data: {name} is {text!r}; allowed is one of {allowed}")
        return text
    if isinstance(kind, types.UnionType):
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise UsageError(f"--data: {name} is {text!r}; expected {wanted}") from None
