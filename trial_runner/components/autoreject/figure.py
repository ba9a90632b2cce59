"""The agreement figure: κ with the expert over thresholds and consensus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEFT, _TOP, _WIDTH, _HEIGHT = 70, 40, 620, 320
# Dark to light in both lightness and hue, so that it also reads in grey.
_COLOURS = np.array([[40, 26, 74], [52, 94, 141], [46, 154, 134], [150, 209, 74], [253, 231, 90]])


def agreement_svg(
    kappas: NDArray[np.float64],
    thresholds_microvolts: NDArray[np.float64],
    consensus: NDArray[np.float64],
    chosen: tuple[float, float] | None,
) -> str:
    """Return an SVG heat map.

    Args:
        kappas: (thresholds, consensus).
        thresholds_microvolts: Evenly spaced.
        consensus: Evenly spaced.
        chosen: Threshold and consensus of the trial, to mark; None where it has none.
    """
    width, height = _WIDTH / len(thresholds_microvolts), _HEIGHT / len(consensus)
    cells = [
        f'<rect x="{_LEFT + column * width:.1f}" '
        f'y="{_TOP + _HEIGHT - (row + 1) * height:.1f}" width="{width + 0.5:.1f}" '
        f'height="{height + 0.5:.1f}" fill="{_colour(float(kappas[column, row]))}"/>'
        for column in range(len(thresholds_microvolts))
        for row in range(len(consensus))
    ]
    best = np.unravel_index(int(np.argmax(kappas)), kappas.shape)
    marks = [
        _mark(thresholds_microvolts, consensus, thresholds_microvolts[best[0]],
              consensus[best[1]], f"best κ {kappas.max():.2f}")
    ]  # fmt: skip
    if chosen is not None:
        marks.append(_mark(thresholds_microvolts, consensus, *chosen, "this trial"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 30} '
        f'{_TOP + _HEIGHT + 60}" font-family="sans-serif" font-size="12" role="img">'
        '<rect width="100%" height="100%" fill="white"/><title>Agreement with the expert</title>'
        f"{_text(_LEFT, 22, 'Agreement with the expert (κ), dark 0 to light 1', 15)}"
        f"{''.join(cells)}{_axes(thresholds_microvolts, consensus)}{''.join(marks)}</svg>\n"
    )


def _colour(kappa: float) -> str:
    place = min(max(kappa, 0.0), 1.0) * (len(_COLOURS) - 1)
    below = min(int(place), len(_COLOURS) - 2)
    mixed = _COLOURS[below] + (place - below) * (_COLOURS[below + 1] - _COLOURS[below])
    return "#" + "".join(f"{round(float(part)):02x}" for part in mixed)


def _axes(thresholds: NDArray[np.float64], consensus: NDArray[np.float64]) -> str:
    parts = [
        _text(_place(thresholds, value, _LEFT, _WIDTH), _TOP + _HEIGHT + 18, f"{value:g}",
              anchor="middle")
        for value in np.linspace(thresholds[0], thresholds[-1], 7)
    ]  # fmt: skip
    parts += [
        _text(_LEFT - 8, _TOP + _HEIGHT - _place(consensus, value, 0, _HEIGHT) + 4,
              f"{value:.2g}", anchor="end")
        for value in np.linspace(consensus[0], consensus[-1], 5)
    ]  # fmt: skip
    middle = _LEFT + _WIDTH / 2
    parts.append(_text(middle, _TOP + _HEIGHT + 42, "threshold, µV peak to peak", anchor="middle"))
    turned = f'transform="rotate(-90 18 {_TOP + _HEIGHT / 2})"'
    parts.append(_text(18, _TOP + _HEIGHT / 2, "consensus", anchor="middle", more=turned))
    return "".join(parts)


def _mark(
    thresholds: NDArray[np.float64],
    consensus: NDArray[np.float64],
    threshold: float,
    share: float,
    label: str,
) -> str:
    inside = (
        thresholds[0] <= threshold <= thresholds[-1] and consensus[0] <= share <= consensus[-1]
    )
    if not inside:
        return ""
    x = _place(thresholds, threshold, _LEFT, _WIDTH)
    y = _TOP + _HEIGHT - _place(consensus, share, 0, _HEIGHT)
    halo = 'paint-order="stroke" stroke="white" stroke-width="3"'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="none" stroke="white" stroke-width="4"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="none" stroke="#222" stroke-width="2"/>'
        f"{_text(x + 9, y + 4, label, more=halo)}"
    )


def _place(values: NDArray[np.float64], value: float, start: float, length: float) -> float:
    """Return where a value lies among the middles of evenly spaced cells."""
    step = (values[-1] - values[0]) / (len(values) - 1)
    return float(start + length * ((value - values[0]) / step + 0.5) / len(values))


def _text(
    x: float, y: float, text: str, size: int = 12, anchor: str = "start", more: str = ""
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="#222" '
        f"{more}>{text}</text>"
    )
