"""Change an Experiment as kustomize would: merge a patch, set values by path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from eegtune.campaign.document import CampaignError
from eegtune.spec import Experiment, load_experiment_text
from eegtune.spec.dumping import dump_yaml

_PART = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")


def merge(document: Any, patch: Any) -> Any:
    """Return a document with a patch merged in.

    Mappings merge by key, lists whose entries have names by name; anything else is replaced.
    A null removes the key, an entry with `$patch: delete` the entry of its name.

    >>> merge({"a": 1, "b": [{"name": "x", "v": 1}]}, {"a": None, "b": [{"name": "x", "v": 2}]})
    {'b': [{'name': 'x', 'v': 2}]}
    """
    if isinstance(document, Mapping) and isinstance(patch, Mapping):
        merged = dict(document)
        for key, value in patch.items():
            if value is None:
                merged.pop(key, None)
            else:
                merged[key] = merge(merged.get(key), value)
        return merged
    if _is_named(document) and _is_named(patch):
        return _merge_entries(document, patch)
    return patch


def _merge_entries(entries: list[Any], patches: list[Any]) -> list[Any]:
    by_name = {entry["name"]: entry for entry in entries}
    for each in patches:
        if each.get("$patch") == "delete":
            by_name.pop(each["name"], None)
        else:
            by_name[each["name"]] = merge(by_name.get(each["name"]), each)
    return list(by_name.values())


def _is_named(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, Mapping) and "name" in each for each in value)
    )


def set_path(document: dict[str, Any], path: str, value: str) -> None:
    """Set a value by its path: `spec.parameters.learning_rate.feasibleSpace.max`.

    Raises:
        CampaignError: There is no such place; the message says what there is.
    """
    parts = [bracketed or plain for bracketed, plain in _PART.findall(path)]
    node: Any = document
    for part in parts[:-1]:
        node = _child(node, part, path)
    if isinstance(node, dict):
        node[parts[-1]] = _like(node.get(parts[-1]), value)
    elif isinstance(node, list):
        child = _child(node, parts[-1], path)
        node[node.index(child)] = _like(child, value)
    else:
        raise CampaignError(f"set {path}: there is nothing below {node!r}")


def _child(node: Any, part: str, path: str) -> Any:
    if isinstance(node, list):
        found = {str(each.get("name", i)) if isinstance(each, dict) else str(i): each
                 for i, each in enumerate(node)}  # fmt: skip
        if part.isdigit() and int(part) < len(node):
            return node[int(part)]
    else:
        found = node if isinstance(node, dict) else {}
    if part not in found:
        raise CampaignError(f"set {path}: no {part!r}; there are {', '.join(found) or 'none'}")
    return found[part]


def _like(before: Any, value: str) -> Any:
    """Return a text as a number or truth value where the old value is none that is text."""
    from eegtune.spec.scalars import resolve_plain

    return value if isinstance(before, str) else resolve_plain(value)


def patched(
    base: Experiment, patch: Mapping[str, Any], values: Mapping[str, str], algorithm: str | None
) -> Experiment:
    """Return an Experiment with a patch, values by path and another algorithm.

    Settings that only the old algorithm knows go with it.

    Raises:
        CampaignError: A path does not exist.
        SpecError: What comes out is no valid Experiment.
    """
    document = merge(_document(base), dict(patch))
    for path, value in values.items():
        set_path(document, path, value)
    if algorithm is not None:
        document["spec"]["algorithm"]["algorithmName"] = algorithm
    _drop_foreign_settings(base, document, patch)
    return load_experiment_text(dump_yaml(document), "the phase's Experiment")


def _document(experiment: Experiment) -> dict[str, Any]:
    head = {"apiVersion": experiment.api_version, "kind": experiment.kind}
    return {**head, **experiment.to_dict()}


def _drop_foreign_settings(
    base: Experiment, document: dict[str, Any], patch: Mapping[str, Any]
) -> None:
    from eegtune.search.settings import COMMON

    chosen = document["spec"]["algorithm"]
    if chosen["algorithmName"] == base.spec.algorithm.algorithm_name:
        return
    given = merge({}, dict(patch)).get("spec", {}).get("algorithm", {})
    kept = {rule.name for rule in COMMON}
    kept |= {each["name"] for each in given.get("algorithmSettings", ())}
    settings = chosen.get("algorithmSettings", [])
    chosen["algorithmSettings"] = [each for each in settings if each["name"] in kept]
