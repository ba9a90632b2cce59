"""An Experiment as YAML that loads to the same Experiment."""

from __future__ import annotations

from typing import Any

import yaml

from eegtune.spec.experiment import Experiment
from eegtune.spec.scalars import resolve_plain

_STRING = "tag:yaml.org,2002:str"


class _Dumper(yaml.SafeDumper):
    """Quotes every text that Go would not read as text, and repeats values instead of aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_text = bool(text) and isinstance(resolve_plain(text), str) and text.isprintable()
    return dumper.represent_scalar(_STRING, text, style=None if is_text else '"')


_Dumper.add_representer(str, _represent_text)


def dump_experiment(experiment: Experiment) -> str:
    """Write an Experiment as YAML that loads to the same Experiment."""
    document: dict[str, Any] = {"apiVersion": experiment.api_version, "kind": experiment.kind}
    document |= experiment.to_dict()
    metadata = {key: value for key, value in document["metadata"].items() if value != {}}
    return dump_yaml(document | {"metadata": metadata})


def dump_yaml(value: Any) -> str:
    """Write a plain value as YAML that Go reads as the same value."""
    return yaml.dump(
        _plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=99
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value + 0.0  # Go reads -0.0 as the integer 0: its sign would not survive
    return value
