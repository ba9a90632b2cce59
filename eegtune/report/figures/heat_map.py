"""Two parameters of few values: the mean of what was measured in each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from eegtune.report.columns import Column
from eegtune.report.figures.figure import SCALE, Figure, plain, rounded, short, wrapped
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number

MOST_LEVELS = 12
_MOST_TEXTS = 40
_MOST_WRAPPED = 5


def heat_map(material: Material, across: Column, up: Column, key: str) -> Figure:
    """Draw the mean of the objective over two parameters; empty cells were not tried."""
    cells = _cells(material, across, up)
    xs, ys = sorted({x for x, _ in cells}), sorted({y for _, y in cells})
    means = [[_mean(cells.get((x, y), ())) for x in xs] for y in ys]
    return Figure(
        key=key,
        title=f"{across.name} × {up.name}",
        alt=f"The mean {material.metric} of the trials in each of {len(xs)} × {len(ys)} cells of "
        f"{across.name} and {up.name}. {_best_cell(material, cells, across, up)}",
        data=[
            {
                **surface(material, "heatmap", means),
                "x": list(range(len(xs))),
                "y": list(range(len(ys))),
                "customdata": [[len(cells.get((x, y), ())) for x in xs] for y in ys],
                "texttemplate": "%{z:.3~g}" if len(xs) * len(ys) <= _MOST_TEXTS else "",
                "xgap": 2,
                "ygap": 2,
                "hoverongaps": False,
                "hovertemplate": "%{z:.4~g}, mean of %{customdata}<extra></extra>",
            }
        ],
        layout={"xaxis": _axis(across, xs), "yaxis": _axis(up, ys), "showlegend": False},
        note="Mean of the trials in each cell; empty ones were not tried.",
        height_px=330,
    )


def surface(
    material: Material, kind: str, rows: Sequence[Sequence[float | None]]
) -> dict[str, Any]:
    """Return a trace of a matrix, good values in the strongest colour."""
    return {
        "type": kind,
        "z": [[rounded(value) for value in row] for row in rows],
        "colorscale": SCALE,
        "reversescale": material.experiment.spec.objective.type == "minimize",
        "colorbar": {"thickness": 8, "outlinewidth": 0, "nticks": 5},
    }


def level_text(column: Column, number: float) -> str:
    """Return a value as a tick says it."""
    name = column.levels[int(number)] if column.is_categorical else format_number(number)
    if not column.is_categorical:
        return name
    has_room = len(column.levels) <= _MOST_WRAPPED
    return wrapped(short(name, 28), 16) if has_room else plain(short(name, 17))


def _cells(
    material: Material, across: Column, up: Column
) -> dict[tuple[float, float], list[float]]:
    cells: dict[tuple[float, float], list[float]] = defaultdict(list)
    for record, x, y in zip(material.finished, across.numbers, up.numbers, strict=True):
        value = value_of(material.experiment, record)
        if x is not None and y is not None and value is not None:
            cells[x, y].append(value)
    return dict(cells)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _best_cell(
    material: Material,
    cells: dict[tuple[float, float], list[float]],
    across: Column,
    up: Column,
) -> str:
    if not cells:
        return ""
    choose = max if material.experiment.spec.objective.type == "maximize" else min
    x, y = choose(cells, key=lambda cell: sum(cells[cell]) / len(cells[cell]))
    mean = format_number(_mean(cells[x, y]))
    return f"Best at {level_text(across, x)} and {level_text(up, y)}: {mean}."


def _axis(column: Column, numbers: Sequence[float]) -> dict[str, Any]:
    return {
        "title": {"text": plain(short(column.name, 24))},
        "tickvals": list(range(len(numbers))),
        "ticktext": [level_text(column, number) for number in numbers],
        "showgrid": False,
    }
