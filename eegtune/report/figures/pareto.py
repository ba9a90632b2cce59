"""The Pareto front of several objectives, in two or three dimensions, and its hypervolume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.report.analysis.fronts import Front
from eegtune.report.figures.figure import (
    ACCENT,
    FAINT,
    GRID,
    MUTED,
    Figure,
    NothingToShow,
    plain,
    rounded,
)
from eegtune.report.numbers import format_number

MOST_OTHERS = 800
_AXES = ("x", "y", "z")


def pareto(found: Front | None) -> Figure:
    """Draw all trials by their objectives, the front joined; of more than three the first three.

    Raises:
        NothingToShow: There is one objective.
    """
    if found is None:
        raise NothingToShow("")
    shown = min(3, len(found.goals))
    others = [n for n, is_front in enumerate(found.is_front) if not is_front]
    members = [n for n, is_front in enumerate(found.is_front) if is_front]
    members.sort(key=lambda n: float(found.values[n, 0]))
    stride = max(1, -(-len(others) // MOST_OTHERS))
    return Figure(
        key="pareto",
        title="Pareto front",
        alt=_alt(found, members),
        data=[
            # What lies behind others in three dimensions has to be darker to be seen at all.
            _points(found, others[::stride], "trials", FAINT if shown == 2 else MUTED, 6, shown),
            _members(found, members, shown),
        ],
        layout=_layout(found, shown),
        note=_note(found, len(members), stride),
        height_px=460 if shown == 3 else 380,
    )


def hypervolume(found: Front | None) -> Figure:
    """Draw how the front's hypervolume grew.

    Raises:
        NothingToShow: There is one objective.
    """
    if found is None:
        raise NothingToShow("")
    last = found.hypervolumes[-1]
    return Figure(
        key="hypervolume",
        title="Hypervolume of the front",
        alt=f"The hypervolume grew to {last[1]:.3f} in {last[0]:,} trials.",
        data=[
            {
                "type": "scatter",
                "mode": "lines",
                "x": [count for count, _ in found.hypervolumes],
                "y": [rounded(volume) for _, volume in found.hypervolumes],
                "line": {"shape": "hv", "color": ACCENT, "width": 2},
                "hovertemplate": "%{y} after %{x} trials<extra></extra>",
            }
        ],
        layout={
            "xaxis": {"title": {"text": "trials with all objectives"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "hypervolume"}, "rangemode": "tozero"},
        },
        note="Share of the box between the best and the worst value of each objective that the "
        "front dominates.",
        height_px=380,
    )


def _points(
    found: Front, places: Sequence[int], name: str, colour: str, size: int, shown: int
) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter3d" if shown == 3 else "scatter",
        "mode": "markers",
        "name": name,
        "customdata": [found.records[n].number for n in places],
        "marker": {"size": size if shown == 2 else size - 2, "color": colour},
        "hovertemplate": "trial %{customdata}<br>" + _hover(found, shown) + "<extra></extra>",
    }
    for axis, goal in zip(_AXES, range(shown), strict=False):
        trace[axis] = [rounded(float(found.values[n, goal])) for n in places]
    return trace


def _members(found: Front, members: Sequence[int], shown: int) -> dict[str, Any]:
    trace = _points(found, members, "Pareto front", ACCENT, 9, shown)
    if shown == 2:
        # The steps run along the edge of what the front dominates.
        shape = "hv" if found.goals[0].sign > 0 else "vh"
        trace |= {"mode": "lines+markers", "line": {"shape": shape, "width": 1, "color": ACCENT}}
    return trace


def _hover(found: Front, shown: int) -> str:
    return "<br>".join(f"{plain(found.goals[n].metric)} %{{{_AXES[n]}}}" for n in range(shown))


def _layout(found: Front, shown: int) -> dict[str, Any]:
    titles = [f"{plain(goal.metric)} ({_direction(goal.sign)})" for goal in found.goals[:shown]]
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    if shown == 2:
        return {
            "xaxis": {"title": {"text": titles[0]}},
            "yaxis": {"title": {"text": titles[1]}},
            "legend": legend,
        }
    # In two lines and small, with few ticks, seen from farther off: else titles and numbers of
    # the three axes lie over each other.
    axes = {
        f"{axis}axis": {
            "title": {"text": title.replace(" (", "<br>("), "font": {"size": 12}},
            "tickfont": {"size": 10},
            "nticks": 5,
            "gridcolor": GRID,
            "color": MUTED,
            "backgroundcolor": "rgba(0,0,0,0)",
        }
        for axis, title in zip(_AXES, titles, strict=True)
    }
    camera = {"eye": {"x": 1.55, "y": 1.55, "z": 0.85}, "center": {"x": 0, "y": 0, "z": -0.15}}
    scene = {**axes, "aspectmode": "cube", "camera": camera}
    return {"scene": scene, "legend": legend, "margin": {"l": 0, "r": 0, "t": 24, "b": 0}}


def _direction(sign: float) -> str:
    return "small is good" if sign > 0 else "large is good"


def _note(found: Front, members: int, stride: int) -> str:
    notes = [f"No trial is better in everything than one of the {members} on the front."]
    if len(found.goals) > 3:
        rest = ", ".join(goal.metric for goal in found.goals[3:])
        notes.append(f"Not shown: {rest}.")
    if stride > 1:
        notes.append(f"Of the other trials every {stride}th is drawn.")
    return " ".join(notes)


def _alt(found: Front, members: Sequence[int]) -> str:
    first = found.goals[0]
    choose = min if first.sign > 0 else max
    best = choose(members, key=lambda n: float(found.values[n, 0]))
    values = ", ".join(
        f"{goal.metric} {format_number(float(found.values[best, n]))}"
        for n, goal in enumerate(found.goals)
    )
    return (
        f"{len(members)} of {len(found.records):,} trials are on the front; the best in "
        f"{first.metric} has {values}."
    )
