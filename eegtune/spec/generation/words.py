"""Text that every YAML reader takes for text."""

from __future__ import annotations

import json

from eegtune.spec.scalars import resolve_plain

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=$ ")


def quote(text: str) -> str:
    """Write text so that every YAML reader takes it for text.

    >>> [quote(text) for text in ("plain", "1e-3", "y", "--lr=${trialParameters.lr}")]
    ['plain', '"1e-3"', '"y"', '"--lr=${trialParameters.lr}"']
    """
    plain = text and set(text) <= _PLAIN and text[0].isalpha() and text == text.strip()
    if plain and isinstance(resolve_plain(text), str) and text.lower() not in ("y", "n"):
        return text
    return json.dumps(text, ensure_ascii=False)
