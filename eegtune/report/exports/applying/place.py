"""Where a value stands in a user's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Value = int | float | bool | str


class ApplyError(ValueError):
    """A configuration cannot be written into a file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a file.

    Attributes:
        path: The keys that lead to it.
        start: The position of its first character in the text.
        end: The position after its last one.
        value: What stands there; None where it is neither number, text nor truth value.
    """

    path: tuple[str, ...]
    start: int
    end: int
    value: object = None

    @property
    def dotted(self) -> str:
        """The path as a user writes it."""
        return ".".join(self.path)


def find_place(places: Sequence[Place], name: str, wanted: str | None) -> Place | None:
    """Return where a parameter's value belongs; None where the file has no such key.

    Args:
        places: All values of the file.
        name: The parameter's name; keys match whatever their case, dashes and underscores.
        wanted: The path that the user gave, such as `optim.lr`.

    Raises:
        ApplyError: There are several, or none at the given path.
    """
    if wanted is not None:
        exact = [place for place in places if place.dotted == wanted]
        if not exact:
            known = ", ".join(place.dotted for place in places[:30])
            raise ApplyError(f"{name}: the file has no {wanted!r}; it has {known}")
        return exact[0]
    found = [place for place in places if _plain(place.path[-1]) == _plain(name)]
    if len(found) > 1:
        raise ApplyError(
            f"{name} stands in several places: {', '.join(place.dotted for place in found)}; "
            f"say which with --map {name}={found[0].dotted}"
        )
    return found[0] if found else None


def replaced(text: str, changes: Mapping[Place, str]) -> str:
    """Return a text with other characters at places."""
    for place in sorted(changes, key=lambda each: each.start, reverse=True):
        text = text[: place.start] + changes[place] + text[place.end :]
    return text


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
