"""How numbers, times and intervals are written for people."""

from __future__ import annotations

import math


def format_number(value: float | None) -> str:
    """Write a number with four significant digits, without needless zeros.

    >>> [format_number(x) for x in (0.91234, 12345.6, 3.0, 1.2e-6, None, float("nan"))]
    ['0.9123', '12,346', '3', '1.2e-6', '–', '–']
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3e}"
    if abs(value) < 1e-3:
        return f"{value:.4g}".replace("e-0", "e-")
    return f"{value:.4f}".rstrip("0").rstrip(".")


def readable(text: str) -> str:
    """Return a value as people read it: long numbers with five significant digits.

    >>> readable("0.0009926987295076147"), readable("384"), readable("band_power")
    ('0.0009927', '384', 'band_power')
    """
    try:
        return f"{float(text):.5g}" if len(text) > 8 else text
    except ValueError:
        return text


def format_score(value: float, signed: bool = False) -> str:
    """Write a score with three decimals.

    >>> format_score(0.9), format_score(-0.0123, signed=True), format_score(0.01, signed=True)
    ('0.900', '−0.012', '+0.010')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("-", "−")


def format_interval(low: float, high: float, signed: bool = False) -> str:
    """Write an interval.

    >>> format_interval(0.85, 0.93), format_interval(-0.01, 0.02, signed=True)
    ('0.850 to 0.930', '−0.010 to +0.020')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    return f"{format_score(low, signed)} to {format_score(high, signed)}"


def format_percent(share: float) -> str:
    """Write a share.

    >>> [format_percent(x) for x in (0.034, 0.5, 0.004, 0.0)]
    ['3 %', '50 %', '< 1 %', '0 %']
    """
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def format_seconds(seconds: float | None) -> str:
    """Write a duration.

    >>> [format_seconds(x) for x in (0.234, 4.56, 75, 3700, 200000, None)]
    ['0.23 s', '4.6 s', '1 min 15 s', '1 h 1 min', '2 d 7 h', '–']
    """
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
