"""Scalars as Go's yaml.v2 resolves them, and as JSON then carries them."""

import pytest

from eegtune.spec.scalars import resolve_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True), ("Y", True), ("yes", True), ("On", True), ("TRUE", True),
        ("n", False), ("NO", False), ("off", False), ("False", False),
        ("tRue", "tRue"), ("yeS", "yeS"),
        ("", None), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"),
        ("1", 1), ("-1", -1), ("+1", 1), ("010", 8), ("0o17", 15), ("0b11", 3), ("0x1F", 31),
        ("-0x1f", -31), ("08", 8), ("1_000", 1000), ("0_", 0),
        ("1e-3", 0.001), ("1e3", 1000), ("1E3", 1000), ("1.0", 1), (".5", 0.5), ("1.", 1),
        ("-.5", -0.5), ("+.5", 0.5), ("1.5e+2", 150), ("6.02e23", 6.02e23),
        ("12:30:00", "12:30:00"), ("2026-01-31", "2026-01-31"), ("1.2.3", "1.2.3"),
        (".", "."), ("-", "-"), ("+", "+"), ("e3", "e3"), ("1e", "1e"), ("._5", "._5"),
        ("0x", "0x"), ("1e999", "1e999"), ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", 9223372036854775808.0), ("99999999999999999999", 1e20),
        ("v1", "v1"), ("plain text", "plain text"), ("<<", "<<"), ("=", "="),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_go_makes_of_it(text, value):
    resolved = resolve_plain(text)
    assert resolved == value
    assert type(resolved) is type(value)
