"""What was suggested and is not known to have ended, kept outside the search.

Katib does not send every trial back (those without metrics are missing). A service that writes
this text into its settings gets it back with the next request, so that a missing trial's point
is not suggested again. Five characters a point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from eegtune.search.space import Point

SETTING = "issued_points"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_LENGTH = 5


def fingerprint(point: Point) -> str:
    """Return a point's five characters (30 bits)."""
    digest = hashlib.sha256("\x1f".join(point).encode()).digest()
    number = int.from_bytes(digest[:4], "big")
    characters = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[place])
    return "".join(characters)


def read_memory(text: str | None) -> frozenset[str]:
    """Return the fingerprints of a text; what is cut off is left out."""
    text = text or ""
    whole = len(text) - len(text) % _LENGTH
    return frozenset(text[i : i + _LENGTH] for i in range(0, whole, _LENGTH))


def write_memory(known: Iterable[str], ended: Iterable[Point], chosen: Iterable[Point]) -> str:
    """Return the text for the next call.

    Args:
        known: The fingerprints read in this call.
        ended: The points of the trials that are seen and have ended.
        chosen: The points suggested in this call.
    """
    kept = set(known)
    if kept:  # most platforms send all trials back and remember nothing
        kept -= {fingerprint(point) for point in ended}
    kept.update(fingerprint(point) for point in chosen)
    return "".join(sorted(kept))
