"""YAML scalars as kubectl's decoder reads them (Go's yaml.v2 through sigs.k8s.io/yaml).

It follows YAML 1.1 where PyYAML does, and differs in detail: `y` and `n` are booleans, `1e-3` is
a number, `0o17` and `0b11` are integers, sexagesimal numbers do not exist and dates stay text.
Numbers then travel as JSON, so a whole float such as `1e3` arrives as the integer 1000.
"""

from __future__ import annotations

import math
import re

from eegtune.spec.nodes import Scalar

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE"), True),
    **dict.fromkeys(("on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE"), False),
    **dict.fromkeys(("off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_DIGITS = {
    16: re.compile(r"0[xX]([0-9a-fA-F]+)"),
    8: re.compile(r"0[oO]?([0-7]+)"),
    2: re.compile(r"0[bB]([01]+)"),
    10: re.compile(r"([1-9][0-9]*|0)"),
}
_MAX_INT64 = 2**63 - 1
_MAX_UINT64 = 2**64 - 1
_LONGEST_NUMBER = 400


def resolve_plain(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    >>> [resolve_plain(text) for text in ("y", "1e-3", "010", "1_000", "2026-01-31", "v1")]
    [True, 0.001, 8, 1000, '2026-01-31', 'v1']
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER or text[0] not in "+-.0123456789":
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    whole = None if text[0] == "." else _whole_number(digits)
    if whole is not None:
        return _as_json(whole)
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(number) else _as_json(number)


def _whole_number(text: str) -> int | None:
    sign, rest = (text[0], text[1:]) if text[:1] in "+-" else ("", text)
    for base, pattern in _DIGITS.items():
        match = pattern.fullmatch(rest)
        if match:
            number = int(match.group(1), base)
            limit = _MAX_INT64 + 1 if sign == "-" else _MAX_UINT64
            return None if number > limit else -number if sign == "-" else number
    return None


def _as_json(number: int | float) -> Scalar:
    """Return a number as it arrives after Go wrote it as JSON and read it again."""
    if -_MAX_INT64 - 1 <= number <= _MAX_INT64 and number == int(number):
        return int(number)
    return float(number)
