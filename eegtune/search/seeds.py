"""Random numbers that depend on the arguments of a call only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def derive_seed(*parts: object) -> int:
    """Return a seed below 2**32 that is the same in every process for the same parts."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def generator(*parts: object) -> np.random.Generator:
    """Return a random generator for the same parts."""
    import numpy as np

    return np.random.default_rng(derive_seed(*parts))
