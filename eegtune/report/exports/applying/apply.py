"""Join a configuration and a user's file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from eegtune.report.exports.applying import python_text, toml_text, yaml_text
from eegtune.report.exports.applying.place import ApplyError, Place, Value, find_place, replaced

_Reader = Callable[[str], list[Place]]
_READERS: dict[str, _Reader] = {
    ".yaml": yaml_text.places,
    ".yml": yaml_text.places,
    ".json": yaml_text.json_places,
    ".toml": toml_text.places,
    ".py": python_text.places,
}
_WRITERS: dict[str, Callable[[Value, str], str]] = {
    ".yaml": yaml_text.written,
    ".yml": yaml_text.written,
    ".json": yaml_text.written_json,
    ".py": python_text.written,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """A file with a configuration in it.

    Attributes:
        text: The new text.
        diff: What changes, as a unified diff; empty where nothing does.
        missing: Parameters that have no place in the file.
    """

    text: str
    diff: str
    missing: tuple[str, ...]


def apply_values(
    values: Mapping[str, Value], text: str, name: str, mapping: Mapping[str, str]
) -> Applied:
    """Write values into a file's text.

    Args:
        values: By parameter.
        text: The file's text.
        name: The file's name; its ending says the format.
        mapping: By parameter, the path of its value where the name does not tell.

    Raises:
        ApplyError: Another format, a text that is not of it, or a place that is not clear.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in _READERS:
        raise ApplyError(f"{name}: its ending must be one of {', '.join(_READERS)}")
    unknown = sorted(set(mapping) - set(values))
    if unknown:
        raise ApplyError(f"--map names {unknown[0]!r}; parameters are {', '.join(values)}")
    try:
        places = _READERS[kind](text)
        found = {each: find_place(places, each, mapping.get(each)) for each in values}
    except ApplyError as error:
        raise ApplyError(f"{name}: {error}") from None
    changes = {place: values[each] for each, place in found.items() if place is not None}
    new = _write(kind, text, changes)
    _check(kind, new, changes, name)
    missing = tuple(each for each, place in found.items() if place is None)
    return Applied(new, _diff(text, new, name), missing)


def _write(kind: str, text: str, changes: Mapping[Place, Value]) -> str:
    different = {place: value for place, value in changes.items() if not _same(place.value, value)}
    if kind == ".toml":
        return toml_text.replaced(text, different)
    write = _WRITERS[kind]
    return replaced(
        text,
        {place: write(value, text[place.start : place.end]) for place, value in different.items()},
    )


def _same(one: object, other: Value) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _check(kind: str, text: str, changes: Mapping[Place, Value], name: str) -> None:
    """Read the new text again: what was written must be there, whatever the layout."""
    there = {place.path: place.value for place in _READERS[kind](text)}
    for place, value in changes.items():
        if not _same(there.get(place.path), value):
            raise ApplyError(f"{name}: {place.dotted} cannot be changed there; change it by hand")


def _diff(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=2
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
