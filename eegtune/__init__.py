"""Decide, run and explain trials of a Katib Experiment.

From Python: `load` an Experiment, `run` it, `open_run` one that was run, or `tune` a function.
"""

from typing import Any

__version__ = "0.1.0"

# Type checkers read `__init__.pyi`, so that no layer below seems to import the interface.
_HOMES = {"Run": "api", "load": "api", "open_run": "api", "run": "api", "tune": "tuning"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is used: `import eegtune` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
