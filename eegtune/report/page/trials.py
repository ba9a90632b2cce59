"""The table of trials: columns and rows for the page's own small table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.columns import parameter_columns
from eegtune.report.figures.figure import rounded
from eegtune.report.material import Material, value_of

_MOST_REASONS = 300
_LONGEST_REASON = 700


@dataclass(frozen=True, slots=True)
class TrialTable:
    """Rows of numbers and texts.

    Attributes:
        columns: Name and kind (`number`, `text`, `status`, `reason`) of each column.
        rows: One list a trial, the best first, then those without a value by number.
        reasons: The texts that the column `reason` points into; without any there is no such one.
        main: The index of the objective's column.
    """

    columns: tuple[dict[str, str], ...]
    rows: tuple[list[Any], ...]
    reasons: tuple[str, ...]
    main: int


def trial_table(material: Material) -> TrialTable:
    """Return the table of all trials."""
    metrics = material.experiment.spec.objective.metric_names
    parameters = parameter_columns(material.experiment, material.records)
    columns = [
        {"name": "trial", "kind": "number"},
        {"name": "status", "kind": "status"},
        *({"name": name, "kind": "number"} for name in metrics),
        {"name": "seconds", "kind": "number"},
        *(
            {"name": column.name, "kind": "text" if column.is_categorical else "number"}
            for column in parameters
        ),
        {"name": "name", "kind": "text"},
    ]
    reasons: dict[str, int] = {}
    rows = []
    for position, record in enumerate(material.records):
        values: list[Any] = []
        for column in parameters:
            number = column.numbers[position]
            values.append(
                column.levels[int(number)]
                if number is not None and column.is_categorical
                else rounded(number)
            )
        name = record.name.removeprefix(f"{material.experiment.name}-")
        rows.append(_row(record, metrics, [*values, name], _reason(record, reasons)))
    if reasons:
        columns.append({"name": "reason", "kind": "reason"})
    else:
        rows = [row[:-1] for row in rows]
    order = sorted(range(len(rows)), key=lambda i: _rank(material, material.records[i]))
    return TrialTable(tuple(columns), tuple(rows[i] for i in order), tuple(reasons), 2)


def _row(
    record: TrialRecord, metrics: Sequence[str], values: list[Any], reason: int | None
) -> list[Any]:
    seconds = record.duration_seconds
    return [
        record.number,
        record.condition.value,
        *(rounded(record.trial.metrics.get(name)) for name in metrics),
        None if seconds is None else round(seconds, 2),
        *values,
        reason,
    ]


def _reason(record: TrialRecord, reasons: dict[str, int]) -> int | None:
    """Return the index of why a trial ended without a value; equal texts are kept once."""
    if not record.message or record.condition.value == "Succeeded":
        return None
    text = record.message.strip()
    if len(text) > _LONGEST_REASON:
        text = f"…{text[-_LONGEST_REASON:]}"
    if text not in reasons and len(reasons) >= _MOST_REASONS:
        text = "see its log (eegtune logs)"
    return reasons.setdefault(text, len(reasons))


def _rank(material: Material, record: TrialRecord) -> tuple[bool, float, int]:
    value = value_of(material.experiment, record)
    sign = -1.0 if material.experiment.spec.objective.type == "maximize" else 1.0
    return (value is None, 0.0 if value is None else sign * value, record.number)
