"""Optimisation history: each trial's value, the best so far, and where trials failed."""

from __future__ import annotations

from typing import Any

from eegtune.execution.best import objective_value
from eegtune.execution.records import TrialRecord
from eegtune.report.figures.figure import (
    ACCENT,
    FAIL,
    INK,
    STOPPED,
    Figure,
    NothingToShow,
    plain,
    rounded,
)
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number
from eegtune.spec.trial import TrialCondition

_POINTS_AS_PIXELS_FROM = 1500
_STOPPED_MARKER = {"color": STOPPED, "symbol": "square-open"}


def history(material: Material) -> Figure:
    """Draw the value of every trial against its number.

    Raises:
        NothingToShow: No trial has ended.
    """
    finished, failed = material.finished, material.failed
    if not finished and not failed:
        raise NothingToShow("No trial has ended yet.")
    stopped = [r for r in finished if r.condition is TrialCondition.EARLY_STOPPED]
    succeeded = [r for r in finished if r.condition is not TrialCondition.EARLY_STOPPED]
    # Pixels instead of elements for all points of a large run: each element costs the browser.
    kind = "scatter" if len(finished) + len(failed) < _POINTS_AS_PIXELS_FROM else "scattergl"
    traces = [
        _points(material, succeeded, "trial", _marker(len(succeeded))) | {"type": kind},
        _points(material, stopped, "stopped early", _STOPPED_MARKER) | {"type": kind},
        _best_so_far(material),
        _failures(failed) | {"type": kind},
    ]
    return Figure(
        key="history",
        title="Optimisation history",
        alt=_alt(material),
        data=[trace for trace in traces if trace["x"]],
        layout={
            "xaxis": {"title": {"text": "trial"}, "range": _range(material), "anchor": "y2"},
            "yaxis": {"title": {"text": plain(material.metric)}, "domain": [0.1, 1]},
            "yaxis2": {"domain": [0, 0.07], "visible": False, "fixedrange": True},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
        note="Crosses at the bottom are trials that failed." if failed else "",
    )


def _range(material: Material) -> list[float]:
    """Return the axis' ends, so far beyond the first and last trial that no point is cut."""
    last = max(record.number for record in material.records)
    return [-0.02 * last - 0.4, last * 1.02 + 0.4]


def _marker(count: int) -> dict[str, Any]:
    """Return smaller and fainter points where there are many."""
    is_many = count >= _POINTS_AS_PIXELS_FROM
    return {
        "color": ACCENT,
        "size": 4 if is_many else 7,
        "opacity": 0.3 if is_many else 0.6,
    }


def _points(
    material: Material, records: list[TrialRecord], name: str, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "mode": "markers",
        "name": name,
        "x": [record.number for record in records],
        "y": [rounded(value_of(material.experiment, record)) for record in records],
        "marker": marker,
        "hovertemplate": "trial %{x}<br>%{y}<extra></extra>",
    }


def _best_so_far(material: Material) -> dict[str, Any]:
    """Draw steps: only the trials that improved on all before, and the last one."""
    numbers: list[int] = []
    values: list[float] = []
    for record in material.finished:
        value = objective_value(material.experiment, record.trial)
        if value is None:  # a lower rung: not comparable
            continue
        if not values or material.experiment.spec.objective.is_better(value, values[-1]):
            numbers.append(record.number)
            values.append(value)
    if numbers:
        numbers.append(max(record.number for record in material.records))
        values.append(values[-1])
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "best so far",
        "x": numbers,
        "y": [rounded(value) for value in values],
        "line": {"shape": "hv", "color": INK, "width": 2},
        "hovertemplate": "best up to trial %{x}<br>%{y}<extra></extra>",
    }


def _failures(failed: tuple[TrialRecord, ...]) -> dict[str, Any]:
    return {
        "mode": "markers",
        "name": "failed",
        "x": [record.number for record in failed],
        "y": [0.5] * len(failed),
        "yaxis": "y2",
        "marker": {"symbol": "x", "size": 6, "color": FAIL},
        "text": [record.condition.value for record in failed],
        "hovertemplate": "trial %{x}<br>%{text}<extra></extra>",
    }


def _alt(material: Material) -> str:
    best = material.best
    if best is None:
        return f"No trial has a value; {len(material.failed)} failed."
    value, first = value_of(material.experiment, best), material.finished[0]
    return (
        f"{material.metric} of {len(material.finished):,} trials by their number. The first had "
        f"{format_number(value_of(material.experiment, first))}; the best, trial {best.number}, "
        f"has {format_number(value)}. {len(material.failed):,} failed."
    )
