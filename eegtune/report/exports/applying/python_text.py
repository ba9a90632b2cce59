"""Values in Python: constants, class attributes, keys of dictionaries, keyword arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from eegtune.report.exports.applying.place import ApplyError, Place, Value


def places(text: str) -> list[Place]:
    """Return all literal values that have a name.

    Raises:
        ApplyError: It is not Python.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise ApplyError(
            f"it cannot be read as Python: line {error.lineno}: {error.msg}"
        ) from None
    starts = _line_starts(text)
    return [
        Place(path, _offset(starts, text, node.lineno, node.col_offset),
              _offset(starts, text, node.end_lineno or 0, node.end_col_offset or 0),
              ast.literal_eval(node))
        for path, node in _values(tree.body, ())
    ]  # fmt: skip


def written(value: Value, before: str) -> str:
    """Return a value as Python, with the quotes of the old text."""
    if isinstance(value, str) and before.startswith('"') and '"' not in value:
        return '"' + repr(value)[1:-1] + '"'
    return repr(value)


def _values(
    body: list[ast.stmt], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], ast.expr]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _values(statement.body, (*path, statement.name))
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield from _inside(statement.value, (*path, target.id))
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.value is not None
        ):
            yield from _inside(statement.value, (*path, statement.target.id))


def _inside(node: ast.expr, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield from _inside(value, (*path, key.value))
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg is not None:
                yield from _inside(keyword.value, (*path, keyword.arg))
    elif _is_literal(node):
        yield path, node


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _offset(starts: list[int], text: str, line: int, column: int) -> int:
    """Return a position in characters; Python counts columns in bytes."""
    start = starts[line - 1]
    end = starts[line] if line < len(starts) else len(text)
    return start + len(text[start:end].encode()[:column].decode())
