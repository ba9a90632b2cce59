"""Sorting parameters into the sections that people look for them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# The first section whose pattern a name holds gets it.
_SECTIONS: tuple[tuple[str, str], ...] = (
    ("model", r"norm|activation"),
    ("augmentation", r"mixup|cutmix|augment|mask_ratio|noise_level|jitter"),
    ("scheduler", r"schedul|warmup|lr_decay|step_size"),
    (
        "regularisation",
        r"drop|weight_decay|smoothing|reg_(alpha|lambda)|clip|subsample|colsample|gamma$|alpha$",
    ),
    (
        "training",
        r"learning_rate|^lr$|batch|epoch|optimi[sz]er|patience|class_weight|focal|momentum"
        r"|accumulat|_weight$|n_estimators|precision",
    ),
    (
        "data",
        r"features?$|feature_|band|window|channel|montage|filter|sfreq|consensus|threshold"
        r"|interpolat",
    ),
    (
        "model",
        r"hidden|dim$|_dim|head|layer|patch|embed|mlp|kernel|pool|unit|depth"
        r"|model|lstm|classifier|pretrained|block",
    ),
)
OTHER = "other"


def section_of(name: str) -> str:
    """Return the section of a parameter by its name.

    >>> [section_of(x) for x in ("hidden_dim", "focal_loss_gamma", "dropout_rate", "features")]
    ['model', 'training', 'regularisation', 'data']
    """
    if "focal" in name:
        return "training"
    for section, pattern in _SECTIONS:
        if re.search(pattern, name, re.IGNORECASE):
            return section
    return OTHER


def by_section(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return values grouped by section; sections in a fixed order, empty ones left out."""
    order = ("data", "model", "training", "scheduler", "regularisation", "augmentation", OTHER)
    return {
        section: found
        for section in order
        if (
            found := {name: value for name, value in values.items() if section_of(name) == section}
        )
    }
