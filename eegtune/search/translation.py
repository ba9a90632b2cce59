"""The tree of a CEL expression as a Python function.

Covers literals, names, arithmetic, comparisons, `in`, logic, the conditional operator and the
conversions; whole numbers divide as in CEL (cut towards zero). A flag (text `true` or `false`)
may stand where a truth value is expected.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]

_PASSED_ON = frozenset(
    {
        "addition", "conditionaland", "conditionalor", "expr", "member", "multiplication",
        "paren_expr", "primary", "relation", "unary",
    }
)  # fmt: skip


def translate(tree: Any) -> Evaluate | None:
    """Turn a tree into a function; None where a part of it is not known here."""
    data, children = str(tree.data), tree.children
    if data == "literal":
        return _literal(str(children[0]))
    if data == "ident":
        return operator.itemgetter(str(children[0]))
    if data == "ident_arg":
        return _call(tree)
    if data == "list_lit":
        return _list(children[0].children if children else [])
    if data not in _PASSED_ON:
        return None
    if len(children) == 1:
        return translate(children[0])
    if data == "unary":
        return _unary(children)
    if data == "expr" and len(children) == 3:
        return _choice(children)
    return _binary(data, children) if len(children) == 2 else None


def sides_of(tree: Any) -> tuple[Evaluate, Evaluate] | None:
    """Return both sides of a comparison by size, the one that should be smaller first."""
    while len(tree.children) == 1 and str(tree.data) in _PASSED_ON:
        tree = tree.children[0]
    if str(tree.data) != "relation" or len(tree.children) != 2:
        return None
    relation, right = tree.children
    if relation.data not in _BY_SIZE or len(relation.children) != 1:
        return None
    first, second = translate(relation.children[0]), translate(right)
    if first is None or second is None:
        return None
    return (first, second) if _BY_SIZE[relation.data] else (second, first)


def _literal(text: str) -> Evaluate | None:
    if text in ("true", "false"):
        return _constant(text == "true")
    if text[0] in "'\"":
        is_plain = "\\" not in text and text[:3] not in ("'''", '"""')
        return _constant(text[1:-1]) if is_plain else None
    try:
        return _constant(int(text))
    except ValueError:
        pass
    try:
        return _constant(float(text))
    except ValueError:
        return None


def _constant(value: Any) -> Evaluate:
    return lambda values: value


def _list(trees: list[Any]) -> Evaluate | None:
    parts = [translate(tree) for tree in trees]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return lambda values: [part(values) for part in known]


def _call(tree: Any) -> Evaluate | None:
    function = _CALLS.get(str(tree.children[0]))
    arguments = tree.children[1].children if len(tree.children) == 2 else []
    argument = translate(arguments[0]) if len(arguments) == 1 else None
    if function is None or argument is None:
        return None
    return lambda values: function(argument(values))


def _unary(children: list[Any]) -> Evaluate | None:
    operand = translate(children[1])
    if operand is None:
        return None
    if children[0].data == "unary_not":
        return lambda values: not truth(operand(values))
    return lambda values: -operand(values)


def _choice(children: list[Any]) -> Evaluate | None:
    parts = [translate(child) for child in children]
    condition, first, second = parts
    if condition is None or first is None or second is None:
        return None
    return lambda values: first(values) if truth(condition(values)) else second(values)


def _binary(data: str, children: list[Any]) -> Evaluate | None:
    if data in ("conditionaland", "conditionalor"):
        return _logic(data == "conditionaland", translate(children[0]), translate(children[1]))
    combine = _BINARY.get(str(children[0].data))
    if combine is None or len(children[0].children) != 1:
        return None
    first, second = translate(children[0].children[0]), translate(children[1])
    if first is None or second is None:
        return None
    if data == "relation":
        return lambda values: combine(*_comparable(first(values), second(values)))
    return lambda values: combine(first(values), second(values))


def _logic(is_and: bool, first: Evaluate | None, second: Evaluate | None) -> Evaluate | None:
    if first is None or second is None:
        return None
    if is_and:
        return lambda values: truth(first(values)) and truth(second(values))
    return lambda values: truth(first(values)) or truth(second(values))


def _comparable(first: Any, second: Any) -> tuple[Any, Any]:
    """Make a flag comparable with true and false; refuse numbers against text."""
    if isinstance(second, list):
        return first, second
    if isinstance(first, bool) and isinstance(second, str):
        return str(first).lower(), second
    if isinstance(first, str) and isinstance(second, bool):
        return first, str(second).lower()
    if isinstance(first, str) != isinstance(second, str):
        raise TypeError("a number cannot be compared with text")
    return first, second


def truth(value: Any) -> bool:
    """Return the truth of a result or of a flag; refuse anything else with a TypeError."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise TypeError(f"{value!r} is neither true nor false")


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        quotient = abs(a) // abs(b)
        return quotient if (a < 0) == (b < 0) else -quotient
    return a / b


def _remainder(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return a - b * _divide(a, b)
    return math.fmod(a, b)


def _to_text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "relation_lt": operator.lt,
    "relation_le": operator.le,
    "relation_gt": operator.gt,
    "relation_ge": operator.ge,
    "relation_eq": operator.eq,
    "relation_ne": operator.ne,
    "relation_in": lambda item, items: item in items,
    "addition_add": operator.add,
    "addition_sub": operator.sub,
    "multiplication_mul": operator.mul,
    "multiplication_div": _divide,
    "multiplication_mod": _remainder,
}
# Whether the left side should be the smaller one.
_BY_SIZE = {"relation_lt": True, "relation_le": True, "relation_gt": False, "relation_ge": False}
_CALLS: dict[str, Callable[[Any], Any]] = {
    "int": int,
    "double": float,
    "size": len,
    "string": _to_text,
}
