"""Hyperparameters by inheritance: base, scenario, environment, command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from trial_runner.arguments import Arguments
from trial_runner.errors import UsageError, did_you_mean
from trial_runner.hyperparameters import format_value

_LAYERS = ("base", "scenarios", "environments")
_CLUSTERS = ("SLURM_JOB_ID", "KUBERNETES_SERVICE_HOST")


def detect_environment(variables: Mapping[str, str]) -> str:
    """Return `cluster` under SLURM or Kubernetes, else `laptop`.

    >>> detect_environment({"SLURM_JOB_ID": "7"}), detect_environment({})
    ('cluster', 'laptop')
    """
    return "cluster" if any(variables.get(name) for name in _CLUSTERS) else "laptop"


def configured(arguments: Arguments, variables: Mapping[str, str]) -> Arguments:
    """Return arguments whose values that were not given come from the configuration.

    Args:
        arguments: Of the command line.
        variables: The environment's.

    Raises:
        UsageError: The configuration cannot be read, or a name or value in it is not allowed.
    """
    path = Path(arguments.options["configuration"] or Path(__file__).parent / "configuration.yaml")
    layers = _read(path)
    values = dict(_layer(path, layers, "base"))
    if scenario := arguments.options["scenario"]:
        values |= _named(path, layers, "scenarios", scenario)
    asked = arguments.options["environment"]
    environment = detect_environment(variables) if asked == "auto" else asked
    if asked != "auto" or environment in _layer(path, layers, "environments"):
        values |= _named(path, layers, "environments", environment)
    declared = {each.name: each for each in arguments.component.hyperparameters}
    result = dict(arguments.hyperparameters)
    for name, value in values.items():
        if name not in declared:
            raise UsageError(
                f"{path}: there is no hyperparameter {name!r}{did_you_mean(name, declared)}"
            )
        if name not in arguments.given:
            try:
                result[name] = declared[name].parse(format_value(value))
            except ValueError as error:
                raise UsageError(f"{path}: {error}") from None
    return replace(arguments, hyperparameters=MappingProxyType(result))


def configuration_hash(arguments: Arguments) -> str:
    """Return a short hash of all hyperparameters."""
    values = {name: format_value(value) for name, value in arguments.hyperparameters.items()}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def _read(path: Path) -> dict[str, Any]:
    try:
        layers = yaml.safe_load(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--configuration: {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--configuration: {path} is no YAML: {error}") from None
    if not isinstance(layers, dict) or not set(layers) <= set(_LAYERS):
        raise UsageError(f"--configuration: {path} may have {', '.join(_LAYERS)} and nothing else")
    return layers


def _layer(path: Path, layers: Mapping[str, Any], name: str) -> dict[str, Any]:
    layer = layers.get(name) or {}
    if not isinstance(layer, dict):
        raise UsageError(f"--configuration: {path}: {name} must map names to values")
    return layer


def _named(path: Path, layers: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    known = _layer(path, layers, kind)
    if name not in known:
        raise UsageError(
            f"{path} has no {name!r} in {kind}{did_you_mean(name, known)}; it has "
            f"{', '.join(known)}"
        )
    return _layer(path, known, name)
