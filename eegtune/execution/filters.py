"""Select trials by conditions such as `status=Failed`, `val_auroc>0.9`, `optimizer!=sgd`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import finite_number

_CONDITION = re.compile(r"\s*([^<>=!\s]+)\s*(<=|>=|!=|==|=|<|>)\s*(.*?)\s*")
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

Keep = Callable[[TrialRecord], bool]


def parse_filter(text: str) -> Keep:
    """Return what says whether a trial meets a condition.

    The name is `status`, `name`, a metric or a parameter. Numbers compare as numbers; a trial
    that has no such value does not meet the condition.

    Raises:
        ValueError: The text is not `NAME OPERATOR VALUE`.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(
            f"--filter {text!r}: expected NAME, one of = != < <= > >=, and a value, "
            "such as status=Failed or val_auroc>0.9"
        )
    name, sign, wanted = match.groups()
    return lambda record: _holds(_value(record, name), sign, wanted)


def select(records: Sequence[TrialRecord], filters: Sequence[str]) -> list[TrialRecord]:
    """Return the trials that meet all conditions.

    Raises:
        ValueError: See `parse_filter`.
    """
    keeps = [parse_filter(text) for text in filters]
    return [record for record in records if all(keep(record) for keep in keeps)]


def _value(record: TrialRecord, name: str) -> str | None:
    if name == "status":
        return str(record.condition)
    if name == "name":
        return record.name
    if name in record.trial.metrics:
        return repr(record.trial.metrics[name])
    return record.trial.assignments.get(name)


def _holds(value: str | None, sign: str, wanted: str) -> bool:
    if value is None:
        return False
    number, other = finite_number(value), finite_number(wanted)
    both = number is not None and other is not None
    if sign in _NUMBERS:
        return both and _NUMBERS[sign](number or 0.0, other or 0.0)
    same = number == other if both else value == wanted
    return same if sign in ("=", "==") else not same
