"""JSON text as Go's encoder writes it; Katib replaces placeholders in that text."""

from __future__ import annotations

import json
from typing import Any

_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def go_json(value: Any) -> str:
    r"""Return compact JSON with sorted keys and Go's HTML-safe escapes.

    >>> go_json({"b": "a && b", "a": 1})
    '{"a":1,"b":"a \\u0026\\u0026 b"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text
