"""Parallel coordinates: every trial a line through its parameters, coloured by its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.columns import Column, few_values, on_axis, parameter_columns
from eegtune.report.figures.figure import (
    Figure,
    NothingToShow,
    colour_marks,
    rounded,
    short,
    shortened,
)
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number
from eegtune.report.sampling import sample_finished, sample_note

MOST_LINES = 300
MOST_AXES = 10
_WIDTH_OF_AXIS_PX = 104
_MOST_TICKS = 5


def parallel(material: Material, importances: Mapping[str, float]) -> Figure:
    """Draw the trials as lines over the most important parameters.

    Raises:
        NothingToShow: Fewer than two trials have a value, or no parameter varies.
    """
    records = sample_finished(material.experiment, material.records, MOST_LINES)
    columns = [c for c in parameter_columns(material.experiment, records) if not c.is_constant]
    if len(records) < 2 or not columns:
        raise NothingToShow("Parallel coordinates need two trials with different parameters.")
    columns.sort(key=lambda column: -importances.get(column.name, 0.0))
    shown = columns[:MOST_AXES]
    values = [_value(material, record) for record in records]
    marks = colour_marks(values, material.experiment.spec.objective.type == "maximize", "")
    del marks["colorbar"]
    dimensions = [*(_dimension(column) for column in shown), _objective(material.metric, values)]
    return Figure(
        key="parallel",
        title="All trials at once",
        alt=f"{len(records):,} trials as lines through {len(shown)} parameters, coloured by "
        f"{material.metric}. The table of trials has the same values.",
        data=[{"type": "parcoords", "line": marks, "dimensions": dimensions}],
        layout={"margin": {"l": 118, "r": 64, "t": 56, "b": 24}},
        note=_note(len(records), len(material.finished), len(shown), len(columns)),
        height_px=380,
        min_width_px=_WIDTH_OF_AXIS_PX * len(dimensions),
    )


def _value(material: Material, record: TrialRecord) -> float:
    value = value_of(material.experiment, record)
    assert value is not None
    return value


def _dimension(column: Column) -> dict[str, Any]:
    """Return an axis; where a value is missing (its condition does not hold) a place below."""
    has_missing = None in column.numbers
    known = [on_axis(column, number) for number in column.known]
    low, high = min(known), max(known)
    missing = low - (high - low) * 0.15
    numbers = [missing if n is None else on_axis(column, n) for n in column.numbers]
    ticks, texts = _ticks(column, low, high)
    if has_missing:
        ticks, texts = [missing, *ticks], ["not used", *texts]
    return {
        "label": short(column.name, 17),
        "values": [rounded(number) for number in numbers],
        "range": [missing if has_missing else low, high],
        "tickvals": ticks,
        "ticktext": texts,
    }


def _ticks(column: Column, low: float, high: float) -> tuple[list[float], list[str]]:
    if column.is_categorical:
        used = sorted(set(column.known))
        return used, shortened([column.levels[int(index)] for index in used], 15)
    few = few_values(column, _MOST_TICKS)
    if few:
        return [on_axis(column, n) for n in few], [format_number(n) for n in few]
    steps = _MOST_TICKS - 1
    positions = [low + (high - low) * i / steps for i in range(steps + 1)]
    numbers = [10**position if column.is_log else position for position in positions]
    return positions, [format_number(float(f"{number:.2g}")) for number in numbers]


def _objective(metric: str, values: Sequence[float]) -> dict[str, Any]:
    return {"label": short(metric, 17), "values": [rounded(value) for value in values]}


def _note(lines: int, all_lines: int, axes: int, all_axes: int) -> str:
    notes = ["Drag along an axis to keep only the trials within; click it to let go."]
    if axes < all_axes:
        notes.append(f"Shows the {axes} most important of {all_axes} parameters that varied.")
    notes.append(sample_note(lines, all_lines))
    return " ".join(note for note in notes if note)
