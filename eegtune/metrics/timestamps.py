"""The time at the start of a line, as Go's `time.Parse(time.RFC3339Nano, …)` reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:(Z)|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


def parse_time(text: str) -> datetime | None:
    """Return the time that an RFC 3339 text with `T` and a zone stands for, else None.

    Digits beyond microseconds are cut.

    >>> parse_time("2026-01-31T12:00:00.5Z").isoformat()
    '2026-01-31T12:00:00.500000+00:00'
    >>> parse_time("2026-01-31") is None
    True
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    *numbers, fraction, utc, sign, hours, minutes = match.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    zone = UTC if utc else _zone(sign, hours, minutes)
    if zone is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, numbers)
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone)
    except ValueError:
        return None


def first_token_time(line: str) -> datetime | None:
    """Return the time of a line: its text before the first blank, where that is a time.

    As in Katib, a line that is nothing but a time has none.
    """
    token, blank, _ = line.partition(" ")
    return parse_time(token) if blank else None


def _zone(sign: str, hours: str, minutes: str) -> timezone | None:
    if int(hours) > 23 or int(minutes) > 59:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)
