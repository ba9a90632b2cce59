"""Changes to a file's text that leave everything else as it was, comments included.

Findings know the place of a value, so a fix replaces exactly those characters, or inserts one
line. Nothing is parsed and written again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from eegtune.spec.finding import Path
from eegtune.spec.nodes import Node
from eegtune.spec.scalars import resolve_plain


@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Attributes:
        path: The value to set; its last key is added where it does not exist.
        value: The new value (text, number, boolean, or a list of texts).
        rename: A new key for the path's last one; the value then stays.
        is_insertion: Whether the value becomes a new item after the list's item at the path.
    """

    path: Path
    value: str | int | bool | tuple[str, ...] | None = None
    rename: str | None = None
    is_insertion: bool = False


def apply_edits(text: str, root: Node, edits: list[Edit]) -> tuple[str, list[Edit]]:
    """Return the text with the edits made, and those that could be made.

    An edit is left out when its place has a form that cannot be changed safely: an alias, a
    block scalar, a value over several lines, or a second edit of the same line.
    """
    lines = text.splitlines(keepends=True)
    changes = []
    for edit in edits:
        change = _plan(root, edit, lines)
        if change is not None:
            changes.append((change, edit))
    changes.sort(key=lambda pair: pair[0][:2], reverse=True)
    made, seen = [], set()
    for (line, column, width, new), edit in changes:
        if (line, column) in seen:
            continue
        seen.add((line, column))
        old = lines[line]
        lines[line] = old[:column] + new + old[column + width :]
        made.append(edit)
    return "".join(lines), made


def format_value(value: Any) -> str:
    """Write a value as YAML that Go reads back as the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value) + "]"
    text = str(value)
    is_plain = text.replace("-", "").replace("_", "").isalnum() and resolve_plain(text) == text
    if is_plain and isinstance(resolve_plain(text), str):
        return text
    return json.dumps(text, ensure_ascii=False)


def _plan(root: Node, edit: Edit, lines: list[str]) -> tuple[int, int, int, str] | None:
    """Return line, column (from 0), width and new text of a change; None where it is unsafe."""
    parent = root.nearest(edit.path[:-1])
    last = edit.path[-1]
    if parent is not _at(root, edit.path[:-1]):
        return None
    if edit.rename is not None:
        return _rename(parent, str(last), edit.rename, lines)
    node = parent.child(last)
    if edit.is_insertion:
        return _insert_item(node, format_value(edit.value), lines)
    if node is not None:
        return _replace(node, format_value(edit.value), lines)
    return _insert(parent, str(last), format_value(edit.value), lines)


def _at(root: Node, path: Path) -> Node | None:
    node: Node | None = root
    for part in path:
        node = node.child(part) if node is not None else None
    return node


def _rename(
    parent: Node, old: str, new: str, lines: list[str]
) -> tuple[int, int, int, str] | None:
    if not isinstance(parent.value, dict) or old not in parent.value or new in parent.value:
        return None
    key = parent.value[old].key
    return _replace(key, format_value(new), lines)


def _replace(node: Node, new: str, lines: list[str]) -> tuple[int, int, int, str] | None:
    line, column = node.line - 1, node.column - 1
    if isinstance(node.value, (dict, list)):
        return None
    found = lines[line][column : column + node.width]
    if found.strip("\"'") != node.text or "\n" in node.text:
        return None
    return line, column, node.width, new


def _insert_item(
    node: Node | None, new: str, lines: list[str]
) -> tuple[int, int, int, str] | None:
    """Put an item after one of a list, on the same line or, in a block list, on a new one."""
    if node is None or _replace(node, new, lines) is None:
        return None
    line, column = node.line - 1, node.column - 1
    before = lines[line][:column]
    if before.strip() == "-":
        end = len(lines[line].rstrip("\r\n"))
        return line, end, 0, f"\n{before}{new}"
    return line, column + node.width, 0, f", {new}"


def _insert(
    parent: Node, key: str, new: str, lines: list[str]
) -> tuple[int, int, int, str] | None:
    if not isinstance(parent.value, dict) or not parent.value:
        return None
    first = next(iter(parent.value.values())).key
    line, column = parent.line - 1, parent.column - 1
    if lines[line][column : column + 1] == "{":
        return line, column + 1, 0, f"{key}: {new}, "
    if first.line != parent.line or first.column != parent.column:
        return None
    # A block mapping: a new line in front of its first key, which keeps its own line.
    indent = " " * column
    return line, column, 0, f"{key}: {new}\n{indent}"
