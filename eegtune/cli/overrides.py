"""`--set spec.path=value`: change an Experiment's text before it is read.

Lists are entered by position (`spec.parameters.0`, `spec.parameters[0]`) or by the `name` of an
entry (`spec.parameters.learning_rate.feasibleSpace.max=0.1`). A value takes the place of the old
one as it is written there: quoted where that was quoted, so that `max` stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

_PART = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")


def apply_overrides(text: str, overrides: Sequence[str]) -> str:
    """Return a YAML text with values replaced.

    Raises:
        ValueError: An override is not `path=value`, or its path does not exist; the message
            says what there is. The text is returned as it is where it is not YAML.
    """
    if not overrides:
        return text
    try:
        documents = [node for node in yaml.compose_all(text) if node is not None]
    except yaml.YAMLError:
        return text  # reading the file says what is wrong with it, and where
    for override in overrides:
        path, equals, value = override.partition("=")
        if not equals or not path:
            raise ValueError(f"--set {override!r}: expected path=value")
        _replace(documents, path, value)
    return yaml.serialize_all(documents, allow_unicode=True, width=4096)


def _replace(documents: Sequence[yaml.Node], path: str, value: str) -> None:
    parts = [bracketed or plain for bracketed, plain in _PART.findall(path)]
    experiments = [node for node in documents if _is_experiment(node)]
    if not experiments or not parts:
        raise ValueError(f"--set {path}: there is no Experiment to change")
    node = experiments[0]
    for depth, part in enumerate(parts[:-1]):
        node = _child(node, part, ".".join(parts[: depth + 1]))
    _put(node, parts[-1], value, path)


def _is_experiment(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and any(
        key.value == "kind" and entry.value == "Experiment" for key, entry in node.value
    )


def _child(node: yaml.Node, part: str, path: str) -> yaml.Node:
    if isinstance(node, yaml.MappingNode):
        children = {key.value: child for key, child in node.value}
        if part in children:
            found: yaml.Node = children[part]
            return found
    elif isinstance(node, yaml.SequenceNode):
        children = {_name_of(child) or str(i): child for i, child in enumerate(node.value)}
        if part.isdigit() and int(part) < len(node.value):
            entry: yaml.Node = node.value[int(part)]
            return entry
        if part in children:
            named: yaml.Node = children[part]
            return named
    else:
        raise ValueError(f"--set {path}: there is nothing below {node.value!r}")
    raise ValueError(f"--set {path}: no {part!r}; there are {', '.join(children) or 'none'}")


def _put(node: yaml.Node, part: str, value: str, path: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for index, (key, child) in enumerate(node.value):
            if key.value == part:
                node.value[index] = (key, _scalar(value, child))
                return
        key = yaml.ScalarNode("tag:yaml.org,2002:str", part)
        node.value.append((key, _scalar(value, None)))
        return
    child = _child(node, part, path)
    assert isinstance(node, yaml.SequenceNode)
    node.value[node.value.index(child)] = _scalar(value, child)


def _scalar(value: str, before: yaml.Node | None) -> yaml.Node:
    if isinstance(before, yaml.ScalarNode) and before.style in ("'", '"'):
        return yaml.ScalarNode("tag:yaml.org,2002:str", value, style='"')
    new = yaml.compose(value) if value else None
    return new or yaml.ScalarNode("tag:yaml.org,2002:str", value, style='"')


def _name_of(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            if key.value == "name" and isinstance(child, yaml.ScalarNode):
                return str(child.value)
    return None
