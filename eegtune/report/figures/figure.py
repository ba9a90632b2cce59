"""A figure as the page draws it: Plotly's JSON, with names of colours instead of colours.

The page puts in the colours of the scheme in force (light, dark, print), so that one figure
serves all of them. Plotly.js reads text as a little HTML; `plain` keeps users' text from being
read that way.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACCENT, MUTED, FAINT, INK, GRID = "@accent", "@muted", "@faint", "@ink", "@grid"
THIRD, FAIL, STOPPED, SCALE = "@third", "@fail", "@stopped", "@scale"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        key: Its name within the page.
        title: What it shows.
        alt: What there is to see, for those who cannot.
        data: Plotly traces.
        layout: Plotly layout, laid over the page's own.
        note: What one should know to read it; empty where nothing.
        height_px: Its height.
        min_width_px: Below this width it is scrolled.
        is_wide: Whether it takes the room of two in a grid.
        is_tall: Whether it takes two rows of it.
    """

    key: str
    title: str
    alt: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    note: str = ""
    height_px: int = 340
    min_width_px: int = 0
    is_wide: bool = False
    is_tall: bool = False


class NothingToShow(Exception):
    """There is not enough for a figure; the message says what is missing."""


def plain(text: str) -> str:
    """Return text that Plotly shows as it is.

    >>> plain("<b>a & b</b>")
    '&lt;b&gt;a &amp; b&lt;/b&gt;'
    """
    return html.escape(text, quote=False)


def short(text: str, most: int = 16) -> str:
    """Return text cut in the middle.

    >>> short("slow_potentials_baseline", 12)
    'slow_p…eline'
    """
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"


def shortened(texts: Sequence[str], most: int = 16) -> list[str]:
    """Return texts cut in the middle; where two would look alike, the first letters of words.

    >>> shortened(["band_power", "band_power+slow_space", "band_power+tangent_space"], 14)
    ['band_power', 'b_p+s_s', 'b_p+t_s']
    """
    cut = [short(text, most) for text in texts]
    found = [
        each if cut.count(each) == 1 else short(re.sub(r"([^\W_])[^\W_]*", r"\1", text), most)
        for each, text in zip(cut, texts, strict=True)
    ]
    # Plotly draws equal labels of an axis once: what is alike even so differs by what is not seen.
    return [each + "\u200b" * found[:n].count(each) for n, each in enumerate(found)]


def wrapped(text: str, width: int = 18) -> str:
    """Return text broken into lines after `+`, `_`, `-`, `/` or a space, safe for Plotly.

    >>> wrapped("band_power+tangent", 12)
    'band_power+<br>tangent'
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and len(line) + len(piece) > width:
            lines.append(line)
            line = ""
        line += piece
    return "<br>".join(plain(each) for each in [*lines, line])


def _pieces(text: str) -> list[str]:
    pieces, piece = [], ""
    for character in text:
        piece += character
        if character in "+_-/ ":
            pieces.append(piece)
            piece = ""
    return [*pieces, piece]


def rounded(value: float | None) -> float | None:
    """Return a number with five significant digits, which is what a figure can show."""
    return None if value is None else float(f"{value:.5g}")


def colour_marks(values: Sequence[float], maximize: bool, title: str) -> dict[str, Any]:
    """Return marker fields that colour by value, the best in the strongest colour."""
    return {
        "color": [rounded(value) for value in values],
        "colorscale": SCALE,
        "reversescale": not maximize,
        "colorbar": {"title": {"text": plain(title), "side": "right"}, "thickness": 10},
    }
