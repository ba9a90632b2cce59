"""One seed for each trial: the same configuration scores the same everywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from trial_runner.hyperparameters import Value, format_value


def trial_seed(
    base_seed: int, hyperparameters: Mapping[str, Value], resource: str | None, replicate: int = 0
) -> int:
    """Return a seed of 63 bits that depends on all arguments, but not on the resource.

    Two rungs of one configuration thus share it, and only a deliberate replicate differs.
    """
    values = {
        name: format_value(value) for name, value in hyperparameters.items() if name != resource
    }
    text = json.dumps([base_seed, replicate, values], sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
