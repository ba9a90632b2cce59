"""Kubernetes' own scalars: quantities, numbers-or-names, durations and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

_QUANTITY = re.compile(
    r"([+-]?[0-9]*\.?[0-9]*)"
    r"(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?[0-9]+))?",
    re.ASCII,
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LONGEST = 1000
_LARGEST_EXPONENT = 40  # anything beyond is the largest, or the smallest, quantity
_DIVISIBLE_EXPONENTS = (18, 15, 12, 9, 6, 3, 0, -3, -6, -9)
_MAX = Decimal(2**63 - 1)


def parse_quantity(value: object) -> Decimal:
    """Return the number behind a quantity such as `500m`, `1.5Gi` or 2.

    Raises:
        ValueError: It is not a quantity.
    """
    match = _match(value)
    if match is None or len(match.group(3) or "") > 18:
        raise ValueError(
            f"{value!r} is not a quantity such as 500m, 2, 1.5Gi (there is no lower-case g or mb)"
        )
    digits, suffix, exponent = match.groups()
    # Kubernetes reads a text without digits as 0.
    number = Decimal(digits) if any(map(str.isdigit, digits)) else Decimal(0)
    if suffix in _BINARY:
        return number * Decimal(1024 ** (_BINARY.index(suffix) + 1))
    power = int(exponent) if exponent else _DECIMAL[suffix or ""]
    return number.scaleb(max(min(power, _LARGEST_EXPONENT), -_LARGEST_EXPONENT))


def _match(value: object) -> re.Match[str] | None:
    text = value.strip() if isinstance(value, str) else _number_text(value)
    return _QUANTITY.fullmatch(text) if text and len(text) <= _LONGEST else None


def canonical_quantity(value: object) -> str:
    """Return a quantity as Kubernetes writes it.

    >>> [canonical_quantity(value) for value in ("1000m", "0.5", "1024Mi", 2, "1e3", "1.5Gi")]
    ['1', '500m', '1Gi', '2', '1e3', '1536Mi']
    """
    number = parse_quantity(value)
    match = _match(value)
    assert match is not None
    number = max(min(number, _MAX), -_MAX)
    if number == 0:
        return "0"
    if match.group(2) in _BINARY and abs(number) >= 1024 and number == int(number):
        return _binary_text(int(number))
    number = number.quantize(Decimal("1e-9"), rounding=ROUND_UP)
    power = next((p for p in _DIVISIBLE_EXPONENTS if number.scaleb(-p) % 1 == 0), -9)
    digits = str(int(number.scaleb(-power)))
    if match.group(3):
        return digits + (f"e{power}" if power else "")
    return digits + next(suffix for suffix, p in _DECIMAL.items() if p == power)


def _binary_text(number: int) -> str:
    power = 0
    while power < len(_BINARY) and number % 1024 == 0:
        number //= 1024
        power += 1
    return f"{number}{_BINARY[power - 1] if power else ''}"


def _number_text(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    raise ValueError(f"{value!r} is not a quantity such as 500m, 2 or 1.5Gi")


def _decode_quantity(value: object) -> str:
    return "0" if value is None else canonical_quantity(value)


def _decode_int_or_string(value: object) -> int | str:
    if value is None:
        return 0
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
        return value
    raise ValueError(f"{value!r} is neither a whole number nor text")


def _decode_time(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a time such as 2026-01-31T12:00:00Z")
    try:
        time = datetime.fromisoformat(value) if _TIME.fullmatch(value) else None
    except ValueError:
        time = None
    if time is None:
        raise ValueError(f"{value!r} is not a time such as 2026-01-31T12:00:00Z")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "Quantity": _decode_quantity,
    "IntOrString": _decode_int_or_string,
    "Time": _decode_time,
}
