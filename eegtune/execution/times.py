"""Times in the database: UTC, RFC 3339 with microseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


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
