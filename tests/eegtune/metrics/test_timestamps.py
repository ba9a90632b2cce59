from __future__ import annotations

import pytest

from eegtune.metrics.timestamps import first_token_time, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456+00:00"),
        ("2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.500000+00:00"),
        ("2026-01-31T12:00:00-05:30", "2026-01-31T12:00:00-05:30"),
    ],
)
def test_a_time_that_go_reads(text: str, expected: str) -> None:
    time = parse_time(text)
    assert time is not None
    assert time.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    ["2026-01-31 12:00:00", "2026-01-31T12:00:00", "2026-01-31t12:00:00z", "2026-02-30T12:00:00Z",
     "2026-01-31T24:00:00Z", "2026-01-31T12:00:00+25:00", "", "now", "2026-01-31T12:00:00.Z",
     "\u0662026-01-31T12:00:00Z"],
)  # fmt: skip
def test_no_time(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("line", "has_time"),
    [
        ("2026-01-31T12:00:00Z loss=1", True),
        ("2026-01-31T12:00:00Z", False),
        (" 2026-01-31T12:00:00Z loss=1", False),
        ("2026-01-31T12:00:00Z\tloss=1", False),
        ("2026-01-31 12:00:00 loss=1", False),
        ("loss=1 2026-01-31T12:00:00Z", False),
    ],
)
def test_the_time_of_a_line_is_its_first_token(line: str, has_time: bool) -> None:
    assert (first_token_time(line) is not None) == has_time
