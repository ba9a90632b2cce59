"""A trial's figure: what the search believed of each fold's classifier, and what it scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_LEFT, _TOP, _WIDTH, _ROW = 150, 60, 520, 34
_BELIEVED, _SCORED = "#b35806", "#2c5aa0"


class FoldResult(NamedTuple):
    """One outer fold.

    Attributes:
        estimator: Kind of the classifier that the search chose.
        inner: AUROC on the inner folds that chose it.
        outer: AUROC on subjects that the search has not seen.
    """

    estimator: str
    inner: float
    outer: float


def folds_svg(folds: Sequence[FoldResult], data: str) -> str:
    """Return an SVG with a row a fold and one of means.

    Args:
        folds: Their results.
        data: What the data are, for the title.
    """
    count = len(folds)
    inner = sum(one.inner for one in folds) / count
    outer = sum(one.outer for one in folds) / count
    named = [(f"fold {number}: {one.estimator}", one.inner, one.outer)
             for number, one in enumerate(folds, start=1)]  # fmt: skip
    low = min(0.5, *(min(one.inner, one.outer) for one in folds))
    low = max(0.0, int(low * 10) / 10)
    rows = "".join(
        _row(text, believed, scored, row, low)
        for row, (text, believed, scored) in enumerate([*named, ("mean", inner, outer)])
    )
    height = _TOP + (count + 1) * _ROW
    title = f"AUROC of the chosen classifiers ({data})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 40} '
        f'{height + 50}" font-family="sans-serif" font-size="12" role="img">'
        f'<rect width="100%" height="100%" fill="white"/><title>{escape(title)}</title>'
        f"{_text(20, 22, title, size=15)}{_legend()}{_axis(low, height)}{rows}</svg>\n"
    )


def _row(text: str, inner: float, outer: float, row: int, low: float) -> str:
    y = _TOP + (row + 0.5) * _ROW
    first, second = _x(inner, low), _x(outer, low)
    return (
        f"{_text(_LEFT - 12, y + 4, text, anchor='end')}"
        f'<line x1="{first:.1f}" x2="{second:.1f}" y1="{y}" y2="{y}" stroke="#999"/>'
        f'<circle cx="{first:.1f}" cy="{y}" r="5" fill="white" stroke="{_BELIEVED}" '
        'stroke-width="2"/>'
        f'<circle cx="{second:.1f}" cy="{y}" r="5" fill="{_SCORED}"/>'
    )


def _legend() -> str:
    return (
        f'<circle cx="{_LEFT}" cy="42" r="5" fill="white" stroke="{_BELIEVED}" stroke-width="2"/>'
        f"{_text(_LEFT + 10, 46, 'believed by the search (inner folds)')}"
        f'<circle cx="{_LEFT + 250}" cy="42" r="5" fill="{_SCORED}"/>'
        f"{_text(_LEFT + 260, 46, 'scored on unseen subjects (outer fold)')}"
    )


def _axis(low: float, height: float) -> str:
    ticks = [low + (1 - low) * step / 5 for step in range(6)]
    lines = "".join(
        f'<line x1="{_x(value, low):.1f}" x2="{_x(value, low):.1f}" y1="{_TOP}" y2="{height}" '
        f'stroke="#ddd"/>{_text(_x(value, low), height + 18, f"{value:.2g}", anchor="middle")}'
        for value in ticks
    )
    return lines + _text(_LEFT + _WIDTH / 2, height + 40, "AUROC", anchor="middle")


def _x(value: float, low: float) -> float:
    return _LEFT + _WIDTH * (value - low) / (1 - low)


def _text(x: float, y: float, text: str, size: int = 12, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="#222">{escape(text)}</text>'
    )
