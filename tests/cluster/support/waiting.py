"""Wait until something holds, and say what did not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], wanted: str, at_most_seconds: float = 120) -> T:
    """Return what `look` returns as soon as that is truthy."""
    ends = time.monotonic() + at_most_seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < ends, f"after {at_most_seconds:g} s still not: {wanted}"
        time.sleep(0.2)
