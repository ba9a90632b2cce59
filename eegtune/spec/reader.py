"""Text to positioned trees, with limits against files made to hurt.

libyaml's events are read directly: no recursion, no Python objects beyond the tree, and an alias
repeats its anchor's node, whose size counts against the limit each time.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from eegtune.spec.finding import Finding, Path, Severity, SpecError
from eegtune.spec.nodes import Entry, Node, plain_tree
from eegtune.spec.scalars import resolve_plain

MAX_BYTES = 2 * 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 64

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = ("!", "tag:yaml.org,2002:str")


class Unreadable(Exception):
    """A text that is not a tree; `line` and `column` count from 1."""

    def __init__(self, rule: str, message: str, fix: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.finding = Finding(rule, Severity.UNREADABLE, (), message, fix, line, column)


def read_trees(data: str | bytes, source: str = "<text>") -> list[tuple[Node, list[Finding]]]:
    """Return every non-empty document of a YAML or JSON text with what was odd about it.

    Raises:
        SpecError: The text is too large, too deep, not UTF-8, or not YAML.
    """
    try:
        return [
            (node, builder.findings)
            for builder, node in _documents(_decode(data))
            if node.value is not None
        ]
    except Unreadable as error:
        tree = _as_json(data) if error.finding.rule == "not-yaml" else None
        if tree is None:
            raise SpecError(source, [error.finding]) from None
        return [(tree, [])]


def _as_json(data: str | bytes) -> Node | None:
    """Read JSON that YAML does not take (tabs, surrogate escapes), as kubectl does; no places."""
    try:
        value = json.loads(data)
        return plain_tree(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None


def _decode(data: str | bytes) -> str:
    size = len(data)
    if size > MAX_BYTES:
        raise Unreadable(
            "file-too-large",
            f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read, and a cluster stores "
            "objects of at most 1.5 MiB.",
            "Split it, or keep data out of it.",
        )
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode("utf-8")
    try:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "not-text", "the file is not UTF-8 text.", "Save it as UTF-8.", line
        ) from None


def _documents(text: str) -> Iterator[tuple[_Builder, Node]]:
    count = 0
    try:
        builder = _Builder(count)
        for event in yaml.parse(text, Loader=_LOADER):
            root = builder.add(event)
            if root is not None:
                yield builder, root
                builder = _Builder(builder.count + 1)
    except yaml.YAMLError as error:
        raise _syntax_error(error) from None
    except RecursionError:
        raise _too_deep(1, 1) from None


def _syntax_error(error: yaml.YAMLError) -> Unreadable:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    parts = [getattr(error, name, None) for name in ("context", "problem")]
    what = ", ".join(part for part in parts if part) or str(error).splitlines()[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Unreadable(
        "not-yaml",
        f"this is not YAML: {what}.",
        "Check the indentation, quotes and brackets here and on the line before.",
        line,
        column,
    )


def _too_deep(line: int, column: int) -> Unreadable:
    return Unreadable(
        "too-deep",
        f"values are nested more than {MAX_DEPTH} levels deep.",
        "An Experiment needs about fifteen; look for runaway brackets.",
        line,
        column,
    )


class _Builder:
    """Builds one document's tree from parser events."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.findings: list[Finding] = []
        self._stack: list[tuple[Node, Node | None, Path]] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._pending: list[tuple[str | None, int]] = []
        self._handlers: dict[type, Callable[[Any], Node | None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: lambda event: self._open(event, {}),
            yaml.SequenceStartEvent: lambda event: self._open(event, []),
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
        }

    def add(self, event: Any) -> Node | None:
        """Take an event; return the root when it completes the document."""
        handler = self._handlers.get(type(event))
        node = handler(event) if handler else None
        return node if node is not None and not self._stack else None

    def _open(self, event: Any, empty: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if len(self._stack) >= MAX_DEPTH:
            raise _too_deep(line, column)
        self._grow(1, line, column)
        self._pending.append((event.anchor, self.count))
        self._stack.append((Node(empty, line, column), None, ()))

    def _close(self, event: Any) -> Node:
        node, _, _ = self._stack.pop()
        anchor, start = self._pending.pop()
        if anchor:
            self._anchors[anchor] = (node, self.count - start + 1)
        return self._place(node)

    def _scalar(self, event: Any) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        self._grow(1, line, column)
        same_line = event.end_mark.line == mark.line
        width = max(event.end_mark.column - mark.column, 1) if same_line else 1
        node = Node(_value(event, line, column), line, column, width, event.value)
        if event.anchor:
            self._anchors[event.anchor] = (node, 1)
        return self._place(node)

    def _alias(self, event: Any) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.anchor not in self._anchors:
            raise Unreadable(
                "not-yaml",
                f"*{event.anchor} stands here, but there is no &{event.anchor} before it.",
                "Define the anchor first, or quote the text.",
                line,
                column,
            )
        node, size = self._anchors[event.anchor]
        self._grow(size, line, column)
        return self._place(node)

    def _grow(self, by: int, line: int, column: int) -> None:
        self.count += by
        if self.count > MAX_NODES:
            raise Unreadable(
                "too-many-values",
                f"the file holds more than {MAX_NODES:,} values, aliases counted in full.",
                "Split the file, or write fewer aliases.",
                line,
                column,
            )

    def _place(self, node: Node) -> Node:
        """Put a finished node into the collection that is open; return it."""
        if not self._stack:
            return node
        parent, key, path = self._stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif key is None:
            self._stack[-1] = (parent, node, path)
        else:
            self._stack[-1] = (parent, None, path)
            self._enter(parent, key, node)
        return node

    def _enter(self, parent: Node, key: Node, node: Node) -> None:
        assert isinstance(parent.value, dict)
        if key.text == "<<" and key.value == "<<" and key.width == 2:
            _merge(parent.value, node)
            return
        name = _key(key)
        if name in parent.value and parent.value[name].key.line:
            self._report_duplicate(parent.value[name].key, key, name)
        parent.value[name] = Entry(key, node)

    def _report_duplicate(self, first: Node, key: Node, name: str) -> None:
        self.findings.append(
            Finding(
                "duplicate-key",
                Severity.BROKEN,
                (name,),
                f"{name!r} stands here for the second time; what line {first.line} says under "
                "it is silently lost.",
                "Keep one of the two.",
                key.line,
                key.column,
                key.width,
                name,
            )
        )


def _value(event: Any, line: int, column: int) -> Any:
    tag = event.tag
    if tag == "tag:yaml.org,2002:binary":
        return _binary(event.value, line, column)
    if (tag is None and not event.implicit[0]) or tag in _STRING_TAGS:
        return event.value
    if tag is not None and not tag.startswith("tag:yaml.org,2002:"):
        return event.value
    value = resolve_plain(event.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(
            "not-json", f"{event.value} has no counterpart in JSON, which kubectl sends.",
            "Quote it where text is meant.", line, column,
        )  # fmt: skip
    return value


def _binary(text: str, line: int, column: int) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise Unreadable(
            "not-yaml",
            "!!binary holds no base64.",
            "Correct it or leave the tag out.",
            line,
            column,
        ) from None


def _key(node: Node) -> str:
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise Unreadable(
        "not-yaml",
        "a key must be text; this one is empty, a list or a mapping.",
        "Write the key as text. A template such as {{ x }} must be quoted.",
        node.line,
        node.column,
    )


def _merge(target: dict[str, Entry], node: Node) -> None:
    """Copy what `<<: *anchor` brings; keys that are there already win."""
    sources = node.value if isinstance(node.value, list) else [node]
    for source in sources:
        if not isinstance(source.value, dict):
            raise Unreadable(
                "not-yaml", "<< takes a mapping.", "Point it at one.", node.line, node.column
            )
        for name, entry in source.value.items():
            target.setdefault(name, entry)
