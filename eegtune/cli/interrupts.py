"""Ctrl-C and its like stop a run in good order instead of breaking it off."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from eegtune.execution.loop import Interruption

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Hand out what signals set; a second signal means at once."""
    interruption = Interruption()

    def request(number: int, frame: FrameType | None) -> None:
        interruption.request(number)

    before = {number: signal.signal(number, request) for number in _SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
