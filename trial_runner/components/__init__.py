"""The components of the pipeline, by name; their declarations import in milliseconds."""

from __future__ import annotations

from importlib import import_module

from trial_runner.components.declaration import Component, Option, Smaller

__all__ = ["Component", "Option", "Smaller", "component_names", "get_component"]

_NAMES = (
    "linear_probe",
    "autoreject",
    "sleep",
    "eegpt",
    "emotion",
    "activity",
    "efficiency",
    "automl",
)
_NOT_LISTED = ("noop",)  # for benchmarks


def component_names() -> tuple[str, ...]:
    """Return the names of all components."""
    return _NAMES


def get_component(name: str) -> Component:
    """Return a component's declaration.

    Raises:
        KeyError: There is no component of this name; the message lists those there are.
    """
    key = name.replace("-", "_")
    if key not in (*_NAMES, *_NOT_LISTED):
        raise KeyError(f"no component {name!r}; there are {', '.join(_NAMES)}")
    component: Component = import_module(f"trial_runner.components.{key}").COMPONENT
    return component
