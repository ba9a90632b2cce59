"""Values in YAML and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import yaml

from eegtune.report.exports.applying.place import ApplyError, Place, Value


def places(text: str) -> list[Place]:
    """Return all values below keys.

    Raises:
        ApplyError: It is not YAML.
    """
    try:
        return [
            place
            for document in yaml.compose_all(text, Loader=yaml.SafeLoader)
            for place in _below(document, ())
        ]
    except yaml.YAMLError as error:
        raise ApplyError(f"it cannot be read as YAML: {error}") from None


def json_places(text: str) -> list[Place]:
    """Return all values below keys of a JSON text.

    Raises:
        ApplyError: It is not JSON.
    """
    try:
        json.loads(text)
    except ValueError as error:
        raise ApplyError(f"it cannot be read as JSON: {error}") from None
    return [
        replace(place, value=json.loads(text[place.start : place.end])) for place in places(text)
    ]


def _below(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[Place]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield from _below(child, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _below(child, (*path, str(index)))
    elif isinstance(node, yaml.ScalarNode) and path:
        value = yaml.safe_load(yaml.serialize(node))
        yield Place(path, node.start_mark.index, node.end_mark.index, value)


def written(value: Value, before: str) -> str:
    """Return a value as YAML, quoted where the old text was.

    >>> written(1e-05, "0.1"), written("adamw", "'sgd'"), written(True, "no"), written("no", "x")
    ('1.0e-05', "'adamw'", 'true', "'no'")
    """
    if isinstance(value, str):
        if before[:1] in ("'", '"'):
            quote = before[0]
            return json.dumps(value) if quote == '"' else "'" + value.replace("'", "''") + "'"
        return yaml.safe_dump(value, allow_unicode=True).splitlines()[0]
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value)


def written_json(value: Value, before: str) -> str:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _number(value: int | float) -> str:
    """Return a number that YAML 1.1 readers do not take for text."""
    text = repr(value)
    mantissa, has_exponent, exponent = text.partition("e")
    if has_exponent and "." not in mantissa:
        return f"{mantissa}.0e{exponent}"
    return text
