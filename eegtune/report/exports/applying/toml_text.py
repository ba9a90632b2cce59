"""Values in TOML; tomlkit writes a document back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eegtune.report.exports.applying.place import ApplyError, Place, Value


def places(text: str) -> list[Place]:
    """Return all values; they have no position, as tomlkit puts them in.

    Raises:
        ApplyError: It is not TOML.
    """
    return list(_below(_parse(text), ()))


def _below(node: Any, path: tuple[str, ...]) -> Iterator[Place]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _below(child, (*path, str(key)))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _below(child, (*path, str(index)))
    elif path:
        value = node.unwrap() if hasattr(node, "unwrap") else node
        yield Place(path, 0, 0, value)


def replaced(text: str, changes: Mapping[Place, Value]) -> str:
    """Return a text with other values."""
    import tomlkit

    document: Any = _parse(text)
    for place, value in changes.items():
        node: Any = document
        for part in place.path[:-1]:
            node = node[int(part)] if isinstance(node, list) else node[part]
        last: Any = int(place.path[-1]) if isinstance(node, list) else place.path[-1]
        node[last] = value
    return tomlkit.dumps(document)


def _parse(text: str) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ApplyError(f"it cannot be read as TOML: {error}") from None
