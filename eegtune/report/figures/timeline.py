"""The timeline of slots: which trial ran when, and how much time slots were idle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.report.analysis.slots import Span, Timeline, busy_slots, timeline
from eegtune.report.figures.figure import ACCENT, FAIL, FAINT, STOPPED, Figure, NothingToShow
from eegtune.report.figures.figure import rounded as short_number
from eegtune.report.material import Material
from eegtune.report.numbers import format_percent, format_seconds
from eegtune.spec.trial import TrialCondition

MOST_SPANS = 1500
_BINS = 300
_UNITS = ((172_800, 86_400, "days"), (7200, 3600, "hours"), (180, 60, "minutes"))


def slots(material: Material) -> Figure:
    """Draw trials as bars in their slots; of very many how many slots were busy.

    Raises:
        NothingToShow: No trial has a start and an end.
    """
    found = timeline(material.records, material.experiment.spec.parallel_trial_count)
    if not found.spans or found.active_seconds <= 0:
        raise NothingToShow("No trial with a start and an end is known.")
    divisor, unit = _unit(found.active_seconds)
    is_many = len(found.spans) > MOST_SPANS
    traces = _curve(found, divisor) if is_many else _bars(found, divisor)
    return Figure(
        key="timeline",
        title="Slots over time",
        alt=_alt(found),
        data=traces,
        layout={
            "xaxis": {"title": {"text": f"{unit} in which trials ran"}, "rangemode": "tozero"},
            "yaxis": _busy_axis(found) if is_many else _slots_axis(found),
            "barmode": "overlay",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
        note=_note(found),
        height_px=340 if is_many else min(460, 110 + 26 * found.slots),
    )


def _bars(found: Timeline, divisor: float) -> list[dict[str, Any]]:
    groups: dict[str, tuple[str, list[Span]]] = {
        "succeeded": (ACCENT, []),
        "stopped early": (STOPPED, []),
        "failed": (FAIL, []),
        "killed": (FAINT, []),
    }
    for span in found.spans:
        groups[_group(span)][1].append(span)
    return [
        _trace(name, colour, spans, divisor) for name, (colour, spans) in groups.items() if spans
    ]


def _group(span: Span) -> str:
    names = {
        TrialCondition.SUCCEEDED: "succeeded",
        TrialCondition.EARLY_STOPPED: "stopped early",
        TrialCondition.KILLED: "killed",
    }
    return names.get(span.record.condition, "failed")


def _trace(name: str, colour: str, spans: Sequence[Span], divisor: float) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [short_number(span.start / divisor) for span in spans],
        "x": [short_number((span.end - span.start) / divisor) for span in spans],
        "y": [span.slot + 1 for span in spans],
        "width": 0.8,
        "customdata": [span.record.number for span in spans],
        "text": [f"{format_seconds(span.end - span.start)}" for span in spans],
        "textposition": "none",
        "marker": {"color": colour, "line": {"width": 0.5, "color": "@paper"}},
        "hovertemplate": "trial %{customdata}: %{text}<extra>%{fullData.name}</extra>",
    }


def _curve(found: Timeline, divisor: float) -> list[dict[str, Any]]:
    points = busy_slots(found, _BINS)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "busy slots",
            "x": [short_number(time / divisor) for time, _ in points],
            "y": [short_number(count) for _, count in points],
            "fill": "tozeroy",
            "line": {"width": 1, "color": ACCENT, "shape": "hvh"},
            "hovertemplate": "%{y} busy<extra></extra>",
        }
    ]


def _slots_axis(found: Timeline) -> dict[str, Any]:
    step = max(1, found.slots // 8)
    return {
        "title": {"text": "slot"},
        "range": [found.slots + 0.6, 0.4],
        "tickvals": list(range(1, found.slots + 1, step)),
        "showgrid": False,
    }


def _busy_axis(found: Timeline) -> dict[str, Any]:
    return {"title": {"text": "busy slots"}, "range": [0, found.slots * 1.05]}


def _unit(seconds: float) -> tuple[float, str]:
    return next(((d, unit) for least, d, unit in _UNITS if seconds >= least), (1.0, "seconds"))


def _note(found: Timeline) -> str:
    noun = "slot was" if found.slots == 1 else "slots were"
    idle = f"{found.slots} {noun} idle {format_percent(found.idle_share)} of the time"
    idle += " in which trials ran."
    if found.paused_seconds > max(1.0, 0.05 * found.active_seconds):
        pause = format_seconds(found.paused_seconds)
        return f"{idle} Left out: {pause} in which none ran (pauses, interruptions)."
    return idle


def _alt(found: Timeline) -> str:
    return (
        f"{len(found.spans):,} trials in {found.slots} slots over "
        f"{format_seconds(found.active_seconds)};"
        f" slots were idle {format_percent(found.idle_share)} of it."
    )
