"""What a warm process does once, before it forks trials that train with Lightning.

Every Trainer asks all installed packages whether they add callbacks to it: 12 ms of reading files
for the same answer. Here it is asked once, and a process that imports this module, with all its
forks, keeps the answer. Packages that are installed later are not seen, as modules that have been
imported are not read again either.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytorch_lightning  # noqa: F401  (its registry has to be there)

_REGISTRIES = ("lightning_fabric.utilities.registry", "lightning.fabric.utilities.registry")
_GROUPS = ("pytorch_lightning.callbacks_factory", "lightning.pytorch.callbacks_factory")


def remember_entry_points() -> None:
    """Let Lightning ask for what packages add to a Trainer only once."""
    remembered: Any = cache(entry_points)
    for name in _REGISTRIES:
        registry = sys.modules.get(name)
        if getattr(registry, "entry_points", None) is entry_points:
            registry.entry_points = remembered  # type: ignore[union-attr]
            for group in _GROUPS:
                remembered(group=group)


remember_entry_points()
