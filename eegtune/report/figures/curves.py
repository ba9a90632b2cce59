"""Intermediate curves: how the objective grew within trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.figures.figure import (
    ACCENT,
    FAINT,
    STOPPED,
    Figure,
    NothingToShow,
    plain,
    rounded,
)
from eegtune.report.material import Material
from eegtune.report.numbers import format_number
from eegtune.report.sampling import sample_note
from eegtune.spec.trial import TrialCondition

MOST_CURVES = 60
_MOST_POINTS_OF_A_CURVE = 200
_FEW_REPORTS = 12


def curves(material: Material) -> Figure:
    """Draw the objective against the report's number, one line a trial.

    Raises:
        NothingToShow: No trial reported the objective more than once.
    """
    drawn = [r for r in material.records if len(material.curves.get(r.name, ())) > 1]
    if not drawn:
        raise NothingToShow("Trials reported the objective once, at their end.")
    best = material.best
    others = [record for record in drawn if best is None or record.number != best.number]
    stopped = [r for r in others if r.condition is TrialCondition.EARLY_STOPPED]
    traces = [
        _lines(material, [r for r in others if r not in stopped], "trials", FAINT),
        _lines(material, stopped, "stopped early", STOPPED),
        _stopping_points(material, stopped),
        *([_best_line(material, best)] if best in drawn and best is not None else []),
    ]
    return Figure(
        key="curves",
        title="Within trials",
        alt=_alt(material, drawn),
        data=[trace for trace in traces if trace["x"]],
        layout={
            "xaxis": {
                "title": {"text": "report (usually epoch)"},
                **_whole_ticks(material, drawn),
            },
            "yaxis": {"title": {"text": plain(material.metric)}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
        note=sample_note(len(material.curves), len(material.finished)),
    )


def _lines(
    material: Material, records: Sequence[TrialRecord], name: str, colour: str
) -> dict[str, Any]:
    """Join many lines into one trace, a gap between each: hundreds of traces are slow."""
    steps: list[int | None] = []
    values: list[float | None] = []
    numbers: list[int | None] = []
    for record in records:
        points = _thinned(material.curves[record.name])
        steps += [*(step for step, _ in points), None]
        values += [*(value for _, value in points), None]
        numbers += [record.number] * (len(points) + 1)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": steps,
        "y": values,
        "customdata": numbers,
        "line": {"width": 1, "color": colour},
        "hovertemplate": "trial %{customdata}<br>%{y} at report %{x}<extra></extra>",
    }


def _whole_ticks(material: Material, drawn: Sequence[TrialRecord]) -> dict[str, int]:
    """Keep Plotly from marking half reports where there are few."""
    most = max(len(material.curves[record.name]) for record in drawn)
    return {"dtick": 1} if most <= _FEW_REPORTS else {}


def _stopping_points(material: Material, stopped: Sequence[TrialRecord]) -> dict[str, Any]:
    """Mark where trials were stopped."""
    ends = [material.curves[record.name] for record in stopped]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "where they were stopped",
        "x": [len(curve) for curve in ends],
        "y": [rounded(curve[-1]) for curve in ends],
        "customdata": [record.number for record in stopped],
        "marker": {"symbol": "x-thin", "size": 7, "line": {"width": 2, "color": STOPPED}},
        "hovertemplate": "trial %{customdata} stopped at report %{x}<extra></extra>",
    }


def _best_line(material: Material, best: TrialRecord) -> dict[str, Any]:
    return {
        **_lines(material, [best], f"best (trial {best.number})", ACCENT),
        "line": {"width": 2.5, "color": ACCENT},
    }


def _thinned(curve: Sequence[float]) -> list[tuple[int, float | None]]:
    """Keep at most so many points, the last one among them."""
    stride = max(1, -(-len(curve) // _MOST_POINTS_OF_A_CURVE))
    points = [(step + 1, rounded(value)) for step, value in enumerate(curve)]
    kept = points[::stride]
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _alt(material: Material, drawn: Sequence[TrialRecord]) -> str:
    best = material.best
    curve = material.curves.get(best.name) if best else None
    if best is None or not curve:
        return f"{material.metric} within {len(drawn)} trials."
    return (
        f"{material.metric} within {len(drawn)} trials. The best trial went from "
        f"{format_number(curve[0])} to {format_number(curve[-1])} in {len(curve)} reports."
    )
