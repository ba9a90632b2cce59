"""CEL expressions over parameters and metrics, parsed by cel-python and evaluated quickly.

cel-python parses; its tree is turned into Python functions, because its own evaluation takes
most of a millisecond and a search asks thousands of times. What the turning does not know
(string methods, macros) is evaluated by cel-python itself. Values are coerced by the parameter's
declared type; arithmetic may mix whole and real numbers, which plain CEL refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from eegtune.search.translation import Evaluate, Values, sides_of, translate, truth

Kind = Literal["int", "double", "text", "flag"]

_RESERVED = frozenset({"true", "false", "null"})
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Attributes:
        text: As it was written.
        names: The parameters or metrics that it reads, in alphabetical order.
        evaluate: Its value for values by name.
        sides: Both sides of `<`, `<=`, `>` and `>=`, the one that should be smaller first.
    """

    text: str
    names: tuple[str, ...]
    evaluate: Evaluate
    sides: tuple[Evaluate, Evaluate] | None = None

    def holds(self, values: Values) -> bool:
        """Say whether it is true; an expression that cannot be computed does not hold."""
        try:
            return truth(self.evaluate(values))
        except (ArithmeticError, ValueError, TypeError, KeyError):
            return False


@lru_cache(maxsize=256)
def parse_expression(text: str, kinds: tuple[tuple[str, Kind], ...], setting: str) -> Expression:
    """Parse a CEL expression.

    Args:
        text: The expression.
        kinds: The names that may occur, with their kinds.
        setting: Where it stands, for messages.

    Raises:
        ValueError: It does not parse, or names something that does not exist.
    """
    import celpy
    from celpy.celparser import CELParseError

    known = dict(kinds)
    try:
        tree = celpy.Environment().compile(text)
    except CELParseError as error:
        raise ValueError(f"setting {setting!r}: {text!r} is not CEL: {error.args[0]}") from None
    names = sorted(_identifiers(tree))
    if unknown := ", ".join(name for name in names if name not in known):
        told = f"names {unknown}; known are {', '.join(sorted(known))}"
        raise ValueError(f"setting {setting!r}: {text!r} {told}")
    evaluate = translate(tree) or by_celpy(tree, known)
    return Expression(text, tuple(names), evaluate, sides_of(tree))


def split_expressions(text: str | None) -> tuple[str, ...]:
    """Split at semicolons outside quotes."""
    parts, quote, start = [], "", 0
    text = text or ""
    for i, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == ";":
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return tuple(part.strip() for part in parts if part.strip())


def coerce(kind: Kind, text: str) -> Any:
    """Return a value of a declared kind; flags stay text."""
    if kind == "int":
        return int(float(text))
    return float(text) if kind == "double" else text


def _identifiers(tree: Any) -> set[str]:
    """Return the names that an expression reads, without those that its macros bind."""
    names, bound = set(), set()
    for node in tree.iter_subtrees():
        if node.data == "ident":
            names.add(str(node.children[0]))
        if node.data == "member_dot_arg" and str(node.children[1]) in _MACROS:
            first = next(iter(node.children[2].find_data("ident")), None)
            bound.add(str(first.children[0]) if first else "")
    return names - bound - _RESERVED


def by_celpy(tree: Any, kinds: Mapping[str, Kind]) -> Evaluate:
    """Return cel-python's own evaluation."""
    import celpy
    from celpy.evaluation import CELEvalError

    wrap = {
        "int": celpy.celtypes.IntType,
        "double": celpy.celtypes.DoubleType,
        "text": celpy.celtypes.StringType,
        "flag": celpy.celtypes.StringType,
    }
    program = celpy.Environment().program(tree)

    def evaluate(values: Values) -> Any:
        known = {name: wrap[kinds[name]](values[name]) for name in kinds if name in values}
        try:
            result = program.evaluate(known)
        except CELEvalError as error:
            raise ValueError(str(error)) from None
        return bool(result) if isinstance(result, celpy.celtypes.BoolType) else result

    return evaluate
