"""Numbers, times and parameters as people read them."""

from __future__ import annotations

from collections.abc import Mapping


def format_number(value: float) -> str:
    """Write a metric.

    >>> format_number(0.93123456), format_number(1234567.0), format_number(3)
    ('0.9312', '1.235e+06', '3')
    """
    return f"{value:.4g}"


def format_parameter(text: str) -> str:
    """Shorten a parameter's number for reading; other texts stay.

    >>> format_parameter("0.0031622776601683794"), format_parameter("adamw"), format_parameter("8")
    ('0.003162', 'adamw', '8')
    """
    try:
        number = float(text)
    except ValueError:
        return text
    return text if len(text) <= 6 else f"{number:.4g}"


def format_parameters(assignments: Mapping[str, str]) -> str:
    """Write a configuration in one line.

    >>> format_parameters({"lr": "0.1", "optimizer": "adamw"})
    'lr=0.1 optimizer=adamw'
    """
    return " ".join(f"{name}={format_parameter(text)}" for name, text in assignments.items())


def format_duration(seconds: float) -> str:
    """Write a time span.

    >>> format_duration(0.42), format_duration(12.3), format_duration(75), format_duration(7322)
    ('0.4 s', '12 s', '1:15 min', '2:02 h')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
