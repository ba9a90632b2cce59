"""A positioned tree to what Katib's webhook holds after decoding it into Go structs.

As in Go: a wrong JSON type is an error, `null` is the empty value, fields the struct does not
have disappear, and so do empty values of fields marked `omitempty`. Unlike Go, every mistake is
reported, with its place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from eegtune.spec import quantities
from eegtune.spec.edits import Edit
from eegtune.spec.finding import Finding, Path, Severity
from eegtune.spec.go_types import Field, is_struct, struct
from eegtune.spec.nodes import Entry, Node, shortened
from eegtune.spec.scalars import resolve_plain

_LONGEST_GUESS, _MOST_GUESSES, _MOST_FINDINGS = 100, 100, 500
_WHOLE = {"int32": 2**31, "int64": 2**63, "uint16": 2**16, "int": 2**63}
_WORDS = {
    "string": "text",
    "bool": "true or false",
    "int32": "a whole number",
    "int64": "a whole number",
    "uint16": "a whole number",
    "float64": "a number",
}


class Decoder:
    """Decodes one document and collects what is wrong with it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.edits: dict[int, Edit] = {}

    def decode(self, type_name: str, node: Node, path: Path) -> Any:
        """Return the value as Go would write it back."""
        if type_name.startswith("*"):
            return None if node.value is None else self.decode(type_name[1:], node, path)
        if type_name.startswith("[]"):
            return self._list(type_name[2:], node, path)
        if type_name.startswith("map[string]"):
            return self._map(type_name.removeprefix("map[string]"), node, path)
        if type_name == "Unstructured":
            return self._unstructured(node, path)
        if is_struct(type_name):
            return self._struct(type_name, node, path)
        return self._scalar(type_name, node, path)

    def _struct(self, type_name: str, node: Node, path: Path) -> dict[str, Any]:
        fields = struct(type_name)
        entries = self._entries(node, path)
        result: dict[str, Any] = {}
        for name, field in fields.items():
            entry = entries.get(name)
            value = (
                empty(field.type) if entry is None
                else self.decode(field.type, entry.node, (*path, name))
            )  # fmt: skip
            if not (field.omit_empty and is_empty(field.type, value)):
                result[name] = value
        for name, entry in entries.items():
            if name not in fields:
                self.report_unknown(name, entry, path, list(fields))
        return result

    def _entries(self, node: Node, path: Path) -> dict[str, Entry]:
        if isinstance(node.value, dict):
            return node.value
        if node.value is not None:
            self._report_type("a mapping", node, path)
        return {}

    def _list(self, item: str, node: Node, path: Path) -> list[Any] | None:
        if node.value is None:
            return None
        if not isinstance(node.value, list):
            self._report_type("a list", node, path)
            return None
        return [self.decode(item, below, (*path, i)) for i, below in enumerate(node.value)]

    def _map(self, item: str, node: Node, path: Path) -> dict[str, Any] | None:
        if node.value is None:
            return None
        entries = self._entries(node, path)
        return {key: self.decode(item, entry.node, (*path, key)) for key, entry in entries.items()}

    def _unstructured(self, node: Node, path: Path) -> Any:
        if not isinstance(node.value, dict):
            self._report_type("a Kubernetes object", node, path)
            return None
        for name in ("apiVersion", "kind"):
            below = node.child(name)
            if below is not None and below.value is not None and below.kind != "string":
                self._report_type("text", below, (*path, name))
        version = node.child("apiVersion")
        if version is not None and str(version.value).count("/") > 1:
            self.report(
                "trial-spec-kind", version, (*path, "apiVersion"),
                "An apiVersion has at most one '/'; Katib cannot decode the object.",
                "Write for example batch/v1.",
            )  # fmt: skip
        kind = node.child("kind")
        if kind is None or not kind.value:
            self.report(
                "trial-spec-kind", kind or node, path,
                "The object has no kind, so Katib cannot decode it.", "Add `kind: Job`.",
            )  # fmt: skip
        return node.plain()

    def _scalar(self, type_name: str, node: Node, path: Path) -> Any:
        value = node.value
        if type_name in quantities.DECODERS:
            return self._kubernetes_scalar(type_name, node, path)
        if value is None:
            return empty(type_name)
        if type_name == "string" and isinstance(value, str):
            return value
        if type_name == "bool" and isinstance(value, bool):
            return value
        if type_name == "any":
            return node.plain()
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if type_name == "float64" and number:
            return value
        if type_name in _WHOLE and number and isinstance(value, int):
            low = 0 if type_name.startswith("u") else -_WHOLE[type_name]
            if low <= value < _WHOLE[type_name]:
                return value
        self._report_type(_WORDS.get(type_name, type_name), node, path)
        return empty(type_name)

    def _kubernetes_scalar(self, type_name: str, node: Node, path: Path) -> Any:
        try:
            return quantities.DECODERS[type_name](node.plain())
        except ValueError as error:
            self.report("wrong-type", node, path, f"{error}.".replace("'", "", 0), "Correct it.")
            return empty(type_name)

    def _report_type(self, wanted: str, node: Node, path: Path) -> None:
        message, fix, value = _type_message(wanted, node)
        if value is not None:
            self.edits[len(self.findings)] = Edit(path, value)
        self.report("wrong-type", node, path, message, fix)

    def report_unknown(self, name: str, entry: Entry, path: Path, known: list[str]) -> None:
        """Add a finding for a field that Katib drops, up to a number of findings."""
        if len(self.findings) > _MOST_FINDINGS:
            return
        same = [other for other in known if other.lower() == name.lower()]
        near = same or close_names(name, known, len(self.findings))
        guess = near[0] if near else None
        fix = f"Did you mean {guess}?" if guess else f"Allowed here: {', '.join(sorted(known))}."
        if guess:
            self.edits[len(self.findings)] = Edit((*path, name), rename=guess)
        self.findings.append(
            Finding(
                "unknown-field", Severity.BROKEN, (*path, name),
                f"Katib knows no field {shortened(name)!r} here and drops it without a word.", fix,
                entry.key.line, entry.key.column, entry.key.width, entry.node.shown,
            )
        )  # fmt: skip

    def report(self, rule: str, node: Node, path: Path, message: str, fix: str) -> None:
        """Add a finding that the webhook refuses the document for."""
        self.findings.append(
            Finding(
                rule, Severity.REFUSED, path, message, fix,
                node.line, node.column, node.width, node.shown,
            )
        )  # fmt: skip


def close_names(name: str, known: Iterable[str], already: int = 0) -> list[str]:
    """Return the name most like another; none for very long ones, or after a hundred findings."""
    if len(name) > _LONGEST_GUESS or already > _MOST_GUESSES:
        return []
    return difflib.get_close_matches(name, list(known), 1, 0.6)


def empty(type_name: str) -> Any:
    """Return Go's zero value of a type, as JSON."""
    if type_name.startswith(("*", "[]", "map[")) or type_name in ("Time", "any"):
        return None
    if is_struct(type_name):
        return {
            name: empty(field.type)
            for name, field in struct(type_name).items()
            if not (field.omit_empty and not _always_written(field))
        }
    zeros = {"string": "", "bool": False, "Quantity": "0", "IntOrString": 0}
    return zeros.get(type_name, 0)


def is_empty(type_name: str, value: Any) -> bool:
    """Say whether `omitempty` drops a value; structs are never empty, pointers when nil."""
    if type_name.startswith("*"):
        return value is None
    if is_struct(type_name) or type_name in ("Quantity", "IntOrString"):
        return False
    return value is None or value == "" or value == 0 or value == [] or value == {}


def _always_written(field: Field) -> bool:
    return is_struct(field.type)


def _type_message(wanted: str, node: Node) -> tuple[str, str, str | int | bool | None]:
    """Return what is wrong, the fix in words, and the value that the fix would write."""
    said = f"This must be {wanted}, but is {_describe(node)}; Katib refuses to decode it."
    text = node.text
    if wanted == "text" and node.kind in ("bool", "number"):
        return said, f'Quote it: "{text}".', text
    if node.kind == "string" and wanted in ("a whole number", "a number", "true or false"):
        value = resolve_plain(text)
        is_bool = isinstance(value, bool)
        if is_bool == (wanted == "true or false") and isinstance(value, (int, float)):
            edit = value if isinstance(value, int) else None
            return said, "Write it without quotes.", edit
    return said, f"Write {wanted}.", None


def _describe(node: Node) -> str:
    kinds = {"object": "a mapping", "array": "a list", "null": "empty"}
    if node.kind in kinds:
        return kinds[node.kind]
    if node.kind == "bool" and node.text.lower() not in ("true", "false"):
        return f"{node.text}, which YAML reads as {str(node.value).lower()}"
    if node.kind == "string":
        return f"the text {shortened(node.text)!r}"
    return f"the {'boolean' if node.kind == 'bool' else 'number'} {shortened(node.text)}"
