"""A YAML document as a tree that remembers where everything stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from eegtune.spec.finding import Path

_MAX_DEPTH, _LONGEST_TEXT = 64, 1000

Scalar = str | int | float | bool | None


@dataclass(slots=True)
class Node:
    """A value with its position.

    Attributes:
        value: A scalar as JSON would hold it, a list of nodes, or entries by key.
        line: Line of its first character, counted from 1.
        column: Column of it, counted from 1.
        width: How many characters it takes in that line.
        text: A scalar as it was written, without quotes.
    """

    value: Scalar | list[Node] | dict[str, Entry]
    line: int
    column: int
    width: int = 1
    text: str = ""

    @property
    def kind(self) -> str:
        """JSON's name of the value's type."""
        value = self.value
        if isinstance(value, dict):
            return "object"
        if isinstance(value, list):
            return "array"
        if isinstance(value, str):
            return "string"
        if value is None:
            return "null"
        return "bool" if isinstance(value, bool) else "number"

    @property
    def shown(self) -> Scalar:
        """A scalar, cut where it is very long; None for collections."""
        value = self.value
        if isinstance(value, (dict, list)):
            return None
        return shortened(value) if isinstance(value, str) else value

    def child(self, part: str | int) -> Node | None:
        """Return the node under a key or index, None where there is none."""
        if isinstance(self.value, dict) and isinstance(part, str):
            entry = self.value.get(part)
            return entry.node if entry else None
        if isinstance(self.value, list) and isinstance(part, int) and part < len(self.value):
            return self.value[part]
        return None

    def nearest(self, path: Path) -> Node:
        """Return the node at a path, or the last one on the way that exists."""
        node = self
        for part in path:
            below = node.child(part)
            if below is None:
                break
            node = below
        return node

    def plain(self) -> Any:
        """Return the value without positions."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class Entry(NamedTuple):
    """A key and its value in a mapping."""

    key: Node
    node: Node


def shortened(text: str) -> str:
    """Cut a very long text."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def plain_tree(value: Any, depth: int = 0) -> Node:
    """Return a tree of a plain value; everything stands in line 1, column 1.

    Raises:
        RecursionError: The value is nested more than 64 levels deep.
    """
    if depth > _MAX_DEPTH:
        raise RecursionError
    if isinstance(value, dict):
        entries = {k: Entry(Node(k, 1, 1), plain_tree(v, depth + 1)) for k, v in value.items()}
        return Node(entries, 1, 1)
    if isinstance(value, list):
        return Node([plain_tree(item, depth + 1) for item in value], 1, 1)
    return Node(value, 1, 1, text=str(value))
