"""A component's declaration for other programs."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from trial_runner.components import Component


def declaration_as_json(component: Component) -> str:
    """Return the declaration as JSON; unset fields of hyperparameters are left out."""
    fields: dict[str, Any] = dataclasses.asdict(component)
    fields["hyperparameters"] = [_set_fields(h) for h in fields["hyperparameters"]]
    fields["options"] = [_set_fields(o) | {"default": o["default"]} for o in fields["options"]]
    return json.dumps(fields, indent=2)


def _set_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields.items()
        if value is not None and not (isinstance(value, tuple) and not value)
    }
