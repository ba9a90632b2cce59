"""The hypnogram figure: what the scorer said, what the trial says, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

_ROWS = ("W", "R", "N1", "N2", "N3")
_COLOURS = {"W": "#e69f00", "R": "#d55e00", "N1": "#56b4e9", "N2": "#0072b2", "N3": "#004166"}
_LEFT, _WIDTH, _ROW, _PANEL, _GAP, _TOP = 120, 900, 18, 90, 46, 44


def hypnogram_svg(
    scored: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    stages: Sequence[str],
    title: str,
) -> str:
    """Return an SVG picture of a night.

    Args:
        scored: (epochs,) the scorer's stages.
        probabilities: (epochs, stages) of the trial.
        stages: Names, among W, R, N1, N2, N3.
        title: Of the picture.
    """
    predicted = probabilities.argmax(axis=1)
    share = float((scored == predicted).mean())
    top = _TOP
    parts = [_text(_LEFT, 22, f"{title}: {share:.1%} of epochs as scored", size=15)]
    for label, line in (("scorer", scored), ("trial", predicted)):
        parts.append(_hypnogram(label, [stages[stage] for stage in line], top))
        top += _PANEL + _GAP
    parts.append(_areas(probabilities, stages, top))
    parts.append(_hours(len(scored), top + _PANEL))
    height = top + _PANEL + 44
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {height}" '
        'font-family="sans-serif" role="img"><rect width="100%" height="100%" fill="white"/>'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>\n"
    )


def _hypnogram(label: str, line: list[str], top: int) -> str:
    parts = [_text(8, top + _PANEL / 2, label)]
    for row, name in enumerate(_ROWS):
        parts.append(_text(_LEFT - 8, top + row * _ROW + 13, name, anchor="end"))
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{top + row * _ROW + 9}" '
            f'y2="{top + row * _ROW + 9}" stroke="#e8e8e8"/>'
        )
    step = _WIDTH / len(line)
    for start, end, name in _bouts(line):
        y = top + _ROWS.index(name) * _ROW + 5
        parts.append(
            f'<rect x="{_LEFT + start * step:.2f}" y="{y}" width="{(end - start) * step:.2f}" '
            f'height="8" fill="{_COLOURS[name]}"/>'
        )
    return "".join(parts)


def _bouts(line: list[str]) -> list[tuple[int, int, str]]:
    starts = [0] + [index for index in range(1, len(line)) if line[index] != line[index - 1]]
    ends = [*starts[1:], len(line)]
    return [(start, end, line[start]) for start, end in zip(starts, ends, strict=True)]


def _areas(probabilities: NDArray[np.float64], stages: Sequence[str], top: int) -> str:
    """Return stacked areas of the probabilities."""
    order = [list(stages).index(name) for name in _ROWS if name in stages]
    ordered = probabilities[:, order] / probabilities.sum(axis=1, keepdims=True)
    above = np.cumsum(ordered, axis=1)
    x = _LEFT + (np.arange(len(ordered)) + 0.5) * _WIDTH / len(ordered)
    parts = [_text(8, top + _PANEL / 2, "probability")]
    for index, stage in enumerate(order):
        upper = top + _PANEL * (above[:, index] - ordered[:, index])
        lower = top + _PANEL * above[:, index]
        points = [f"{a:.1f},{b:.1f}" for a, b in zip(x, upper, strict=True)]
        points += [f"{a:.1f},{b:.1f}" for a, b in zip(x[::-1], lower[::-1], strict=True)]
        colour = _COLOURS[stages[stage]]
        parts.append(f'<polygon points="{" ".join(points)}" fill="{colour}"/>')
    return "".join(parts)


def _hours(epochs: int, y: int) -> str:
    hours = epochs / 120
    step = 1.0 if hours > 2 else 0.25
    parts = []
    for tick in np.arange(0, hours + 1e-9, step):
        x = _LEFT + _WIDTH * tick / hours
        parts.append(_text(x, y + 18, f"{tick:g}", anchor="middle"))
    parts.append(_text(_LEFT + _WIDTH / 2, y + 36, "hours of scored epochs", anchor="middle"))
    return "".join(parts)


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="#222">{escape(text)}</text>'
    )
