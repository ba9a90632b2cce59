"""Times in the database: UTC, RFC 3339 with microseconds, so that text order is time order."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The time as it passes, whatever is done to the system's clock meanwhile.

    The system's clock is looked at once; from then on seconds are counted (a machine's sleep
    included, where the system counts it). So no trial ends before it began, and a clock that is
    set does not make one look hours long.
    """

    def __init__(self) -> None:
        """Look at the system's clock."""
        self._origin = now()
        self._begun = _elapsed_seconds()

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return self._origin + timedelta(seconds=_elapsed_seconds() - self._begun)


def _elapsed_seconds() -> float:
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


def to_text(time: datetime) -> str:
    """Write a time.

    >>> to_text(datetime(2026, 1, 31, 12, tzinfo=UTC))
    '2026-01-31T12:00:00.000000Z'
    """
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str | None) -> datetime | None:
    """Read a time that `to_text` wrote; None stays None."""
    return datetime.fromisoformat(text) if text is not None else None
