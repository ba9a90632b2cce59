"""Two parameters at a time: what the model expects around the best trial."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from eegtune.report.analysis.belief import Belief
from eegtune.report.columns import Column, parameter_columns
from eegtune.report.figures.figure import INK, THIRD, Figure, NothingToShow, plain, rounded, short
from eegtune.report.figures.heat_map import MOST_LEVELS, heat_map, level_text, surface
from eegtune.report.figures.slices import parameter_axis
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number
from eegtune.report.sampling import sample_finished

MOST_POINTS = 200
_PARAMETERS = 3
_STEPS = 21
_LONG_NAME = 6


def pairs(
    material: Material, belief: Belief, importances: Mapping[str, float]
) -> tuple[Figure, ...]:
    """Draw each pair of the three most important parameters: contours, or heat maps of lists.

    Raises:
        NothingToShow: Fewer than two parameters varied.
    """
    columns = [
        column
        for column in parameter_columns(material.experiment, material.finished)
        if not column.is_constant
    ]
    columns.sort(key=lambda column: -importances.get(column.name, 0.0))
    if len(columns) < 2:
        raise NothingToShow("Pairs need two parameters that varied.")
    return tuple(
        heat_map(material, across, up, f"pair-{number}")
        if all(_size(belief, column) <= MOST_LEVELS for column in (across, up))
        else contours(material, belief, across, up, f"pair-{number}")
        for number, (across, up) in enumerate(
            _turned(*pair) for pair in combinations(columns[:_PARAMETERS], 2)
        )
    )


def _turned(across: Column, up: Column) -> tuple[Column, Column]:
    """Put long names at the side, where they have room."""
    is_long = any(len(level) > _LONG_NAME for level in across.levels)
    return (up, across) if is_long else (across, up)


def contours(material: Material, belief: Belief, across: Column, up: Column, key: str) -> Figure:
    """Draw what the model expects over two parameters, the others as in the best trial."""
    return Figure(
        key=key,
        title=f"{across.name} × {up.name}",
        alt=f"What the model expects of {material.metric} over {across.name} and {up.name}, with "
        f"the other parameters as in the best trial, and {len(material.finished):,} trials.",
        data=[
            _expected(material, belief, across, up),
            _trials(material, across, up),
            _best(material, across, up),
        ],
        layout={"xaxis": _axis(across), "yaxis": _axis(up), "showlegend": False},
        note="What the model expects with all else as in the best trial (ring); dots are trials.",
        height_px=330,
    )


def _size(belief: Belief, column: Column) -> int:
    axis = next(axis for axis in belief.problem.space.axes if axis.name == column.name)
    return axis.size or 10**9


def _expected(material: Material, belief: Belief, across: Column, up: Column) -> dict[str, Any]:
    assert material.best is not None
    xs, ys = _grid(belief, across), _grid(belief, up)
    fixed = dict(material.best.trial.assignments)
    expected = belief.expected([{**fixed, across.name: x, up.name: y} for y in ys for x in xs])
    rows = expected.reshape(len(ys), len(xs)).tolist()
    is_smooth = not (across.is_categorical or up.is_categorical)
    lines = {"ncontours": 12, "line": {"width": 0.5, "color": "@grid"}} if is_smooth else {}
    return {
        **surface(material, "contour" if is_smooth else "heatmap", rows),
        **lines,
        "x": [_coordinate(across, text) for text in xs],
        "y": [_coordinate(up, text) for text in ys],
        "hovertemplate": "%{z:.4~g}<extra></extra>",
    }


def _grid(belief: Belief, column: Column) -> list[str]:
    """Return values over a parameter's whole range."""
    axis = next(axis for axis in belief.problem.space.axes if axis.name == column.name)
    if axis.size is not None and axis.size <= _STEPS:
        return [axis.level(index) for index in range(axis.size)]
    return list(dict.fromkeys(axis.text(step / (_STEPS - 1)) for step in range(_STEPS)))


def _coordinate(column: Column, text: str) -> float:
    return float(column.levels.index(text)) if column.is_categorical else float(text)


def _trials(material: Material, across: Column, up: Column) -> dict[str, Any]:
    drawn = sample_finished(material.experiment, material.finished, MOST_POINTS)
    shown = {record.number for record in drawn}
    points = [
        (x, y, record)
        for record, x, y in zip(material.finished, across.numbers, up.numbers, strict=True)
        if x is not None and y is not None and record.number in shown
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rounded(x) for x, _, _ in points],
        "y": [rounded(y) for _, y, _ in points],
        "customdata": [record.number for _, _, record in points],
        "text": [format_number(value_of(material.experiment, r)) for _, _, r in points],
        "marker": {"size": 6, "color": "@paper", "line": {"width": 1, "color": INK}},
        "hovertemplate": "trial %{customdata}: %{text}<extra></extra>",
    }


def _best(material: Material, across: Column, up: Column) -> dict[str, Any]:
    place = next(n for n, record in enumerate(material.finished) if record is material.best)
    x, y = across.numbers[place], up.numbers[place]
    is_there = x is not None and y is not None
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rounded(x)] if is_there else [],
        "y": [rounded(y)] if is_there else [],
        "marker": {
            "size": 13,
            "symbol": "circle-open",
            "color": THIRD,
            "line": {"width": 3, "color": THIRD},
        },
        "hovertemplate": "the best trial<extra></extra>",
    }


def _axis(column: Column) -> dict[str, Any]:
    axis = parameter_axis(column)
    if column.is_categorical:
        levels = list(range(len(column.levels)))
        texts = [level_text(column, number) for number in levels]
        axis |= {"tickvals": levels, "ticktext": texts, "range": [-0.5, len(levels) - 0.5]}
    return {**axis, "title": {"text": plain(short(column.name, 24))}, "showgrid": False}
