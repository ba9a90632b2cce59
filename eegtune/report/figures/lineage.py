"""Rungs and generations as a tree: which trials went on, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.report.analysis.descent import Descent, descent
from eegtune.report.figures.figure import ACCENT, FAINT, Figure, NothingToShow, plain, rounded
from eegtune.report.material import Material
from eegtune.report.numbers import format_number

MOST_NODES = 1500
_MOST_TICKS = 12


def lineage(material: Material) -> Figure:
    """Draw each trial at its resource or generation, joined with the one that it went on from.

    Raises:
        NothingToShow: The search does not go on with trials.
    """
    found = descent(material.experiment, material.records)
    if found is None:
        raise NothingToShow("")
    shown = _shown(found, material)
    best = _best_place(found, material)
    line = found.ancestors(best) if best is not None else []
    traces = [
        _edges(found, shown),
        _nodes(found, sorted(shown), "trials", FAINT, 6),
        *([_best_line(found, line)] if line else []),
    ]
    is_rungs = found.kind == "rungs"
    return Figure(
        key="lineage",
        title="Rungs" if is_rungs else "Generations",
        alt=_alt(found, material, line),
        data=traces,
        layout={
            "xaxis": _steps_axis(found),
            "yaxis": {"title": {"text": plain(material.metric)}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
        note=_note(found, shown, is_rungs),
    )


def _shown(found: Descent, material: Material) -> set[int]:
    """Return which nodes are drawn: of very many those that went on, and the first others."""
    if len(found.nodes) <= MOST_NODES:
        return set(range(len(found.nodes)))
    joined = [place for edge in found.edges for place in edge]
    others = range(len(found.nodes))
    kept = list(dict.fromkeys([*joined, *others]))[:MOST_NODES]
    best = _best_place(found, material)
    return {*kept, *(found.ancestors(best) if best is not None else ())}


def _best_place(found: Descent, material: Material) -> int | None:
    best = material.best
    if best is None:
        return None
    return next((n for n, node in enumerate(found.nodes) if node.record is best), None)


def _edges(found: Descent, shown: set[int]) -> dict[str, Any]:
    steps: list[float | None] = []
    values: list[float | None] = []
    for edge in found.edges:
        if set(edge) <= shown:
            steps += [*(found.nodes[place].step for place in edge), None]
            values += [*(rounded(found.nodes[place].value) for place in edge), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "went on",
        "x": steps,
        "y": values,
        "line": {"width": 1, "color": FAINT},
        "hoverinfo": "skip",
    }


def _nodes(
    found: Descent, places: Sequence[int], name: str, colour: str, size: int
) -> dict[str, Any]:
    nodes = [found.nodes[place] for place in places]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [node.step for node in nodes],
        "y": [rounded(node.value) for node in nodes],
        "customdata": [node.record.number for node in nodes],
        "marker": {"size": size, "color": colour},
        "hovertemplate": f"trial %{{customdata}}<br>%{{y}} at {plain(found.step_name)} %{{x}}"
        "<extra></extra>",
    }


def _best_line(found: Descent, line: Sequence[int]) -> dict[str, Any]:
    trace = _nodes(found, line, "the best one’s way", ACCENT, 9)
    return {**trace, "mode": "lines+markers", "line": {"width": 2.5, "color": ACCENT}}


def _steps_axis(found: Descent) -> dict[str, Any]:
    steps = [step for step, _ in found.counts]
    axis: dict[str, Any] = {"title": {"text": plain(found.step_name)}}
    if len(steps) <= _MOST_TICKS:
        axis |= {"tickvals": steps, "ticktext": [format_number(step) for step in steps]}
    is_geometric = found.kind == "rungs" and steps[0] > 0 and steps[-1] / steps[0] >= 8
    return {**axis, "type": "log"} if is_geometric else axis


def _note(found: Descent, shown: set[int], is_rungs: bool) -> str:
    counts = found.counts
    notes = []
    if is_rungs and len(counts) <= _MOST_TICKS:
        notes.append(
            "Trials with a result: "
            + ", ".join(f"{count:,} at {format_number(step)}" for step, count in counts)
            + "."
        )
    if len(shown) < len(found.nodes):
        notes.append(f"Shows {len(shown):,} of {len(found.nodes):,} trials, those that went on "
                     "first.")  # fmt: skip
    return " ".join(notes)


def _alt(found: Descent, material: Material, line: Sequence[int]) -> str:
    steps = len(found.counts)
    text = (
        f"{material.metric} of {len(found.nodes):,} trials at {steps} values of "
        f"{found.step_name}; {len(found.edges):,} went on from another."
    )
    if not line:
        return text
    values = ", ".join(format_number(found.nodes[place].value) for place in line)
    return f"{text} The best one’s values on its way: {values}."
