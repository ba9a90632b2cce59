"""Slices: the objective against one parameter at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.columns import Column, few_values, parameter_columns
from eegtune.report.figures.figure import (
    INK,
    Figure,
    colour_marks,
    plain,
    rounded,
    short,
    wrapped,
)
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number
from eegtune.report.sampling import sample_finished

MOST_POINTS = 250
MOST_SLICES = 24
_LONG_LABEL = 12
_MOST_TICKS = 6
_LEVELS_OF_A_ROW = 6
_TALL_PX = 524


def slices(material: Material, importances: Mapping[str, float]) -> tuple[Figure, ...]:
    """Draw a figure for each parameter that varied, the most important first."""
    records = sample_finished(material.experiment, material.records, MOST_POINTS)
    columns = [c for c in parameter_columns(material.experiment, records) if not c.is_constant]
    columns.sort(key=lambda column: -importances.get(column.name, 0.0))
    return tuple(
        _slice(material, records, column, position)
        for position, column in enumerate(columns[:MOST_SLICES])
    )


def _slice(
    material: Material, records: Sequence[TrialRecord], column: Column, position: int
) -> Figure:
    pairs = [
        (record, number)
        for record, number in zip(records, column.numbers, strict=True)
        if number is not None
    ]
    is_turned = any(len(level) > _LONG_LABEL for level in column.levels)
    return Figure(
        key=f"slice-{position}",
        title=column.name,
        alt=_alt(material, column, pairs),
        data=[
            _turned(trace) if is_turned else trace
            for trace in (_points(material, column, pairs), _best(material, column, pairs))
        ],
        layout={
            **(_turned_axes(material, column) if is_turned else _axes(material, column)),
            "showlegend": False,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        },
        height_px=_TALL_PX if len(column.levels) > _LEVELS_OF_A_ROW else 230,
        is_wide=is_turned and len(column.levels) > 3,
        is_tall=len(column.levels) > _LEVELS_OF_A_ROW,
    )


def _axes(material: Material, column: Column) -> dict[str, Any]:
    return {"xaxis": parameter_axis(column), "yaxis": _value_axis(material)}


def _turned_axes(material: Material, column: Column) -> dict[str, Any]:
    """Put long names at the side, where they have room."""
    axis = parameter_axis(column)
    return {"yaxis": {**axis, "range": axis["range"][::-1]}, "xaxis": _value_axis(material)}


def _turned(trace: dict[str, Any]) -> dict[str, Any]:
    hover = trace.get("hovertemplate", "").replace("%{y}", "%{x}")
    return {**trace, "x": trace["y"], "y": trace["x"], "hovertemplate": hover}


def _value_axis(material: Material) -> dict[str, Any]:
    return {"title": {"text": plain(short(material.metric, 22))}, "nticks": 6}


def _points(
    material: Material, column: Column, pairs: Sequence[tuple[TrialRecord, float]]
) -> dict[str, Any]:
    marks = colour_marks([record.number for record, _ in pairs], True, "trial")
    del marks["colorbar"]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rounded(_jittered(column, record, number)) for record, number in pairs],
        "y": [rounded(value_of(material.experiment, record)) for record, _ in pairs],
        "customdata": [record.number for record, _ in pairs],
        "text": [_text(column, number) for _, number in pairs],
        "marker": {**marks, "size": 6, "opacity": 0.8},
        "hovertemplate": "%{text}<br>%{y}<br>trial %{customdata}<extra></extra>",
    }


def _best(
    material: Material, column: Column, pairs: Sequence[tuple[TrialRecord, float]]
) -> dict[str, Any]:
    best = material.best
    number = next((number for record, number in pairs if record is best), None)
    if best is None or number is None:  # lower rungs only, or a parameter that it lacks
        return {"type": "scatter", "x": [], "y": []}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rounded(_jittered(column, best, number))],
        "y": [rounded(value_of(material.experiment, best))],
        "customdata": [best.number],
        "marker": {
            "size": 12,
            "symbol": "circle-open",
            "color": INK,
            "line": {"width": 2, "color": INK},
        },
        "hovertemplate": "best here: trial %{customdata}<extra></extra>",
    }


def parameter_axis(column: Column) -> dict[str, Any]:
    """Return an axis of a parameter's values: names, powers of ten, or the values if few."""
    if column.is_categorical:
        used = sorted(set(column.known))
        # Many names stand above each other: of three lines each they would overlap.
        line = 27 if len(column.levels) > _LEVELS_OF_A_ROW else 22
        return {
            "tickvals": used,
            "ticktext": [wrapped(column.levels[int(index)], line) for index in used],
            "range": [used[0] - 0.6, used[-1] + 0.6],
            "showgrid": False,
            "automargin": True,
        }
    axis: dict[str, Any] = {"automargin": True, "nticks": 5}
    ticks = _ticks(column)
    if ticks:
        texts = [_tick_text(column, tick) for tick in ticks]
        axis |= {"tickvals": ticks, "ticktext": texts, "tickangle": 0}
    return {**axis, "type": "log"} if column.is_log else axis


def _tick_text(column: Column, tick: float) -> str:
    """Write powers of ten all alike, and short."""
    power = math.log10(tick) if column.is_log else 0.5
    is_power = abs(power - round(power)) < 1e-9
    return f"1e{round(power)}" if is_power and abs(power) > 2 else format_number(tick)


def _ticks(column: Column) -> list[float]:
    """Return the values themselves where they are few, or the powers of ten; else nothing."""
    few = few_values(column, _MOST_TICKS)
    if few or not column.is_log:
        return few
    low, high = math.log10(min(column.known)), math.log10(max(column.known))
    first, last = math.floor(low), math.ceil(high)
    return [10.0**power for power in range(first, last + 1)]


def _jittered(column: Column, record: TrialRecord, number: float) -> float:
    """Move names apart, always in the same way, so that points do not hide each other."""
    if not column.is_categorical:
        return number
    return number + ((record.number * 0.6180339887) % 1 - 0.5) * 0.5


def _text(column: Column, number: float) -> str:
    return plain(column.levels[int(number)]) if column.is_categorical else format_number(number)


def _alt(material: Material, column: Column, pairs: Sequence[tuple[TrialRecord, float]]) -> str:
    text = f"{material.metric} against {column.name} for {len(pairs)} trials"
    best = material.best
    if best is None or all(record is not best for record, _ in pairs):
        return f"{text}."
    return f"{text}; the best has {column.name} {best.trial.assignments.get(column.name)}."
