"""How much of the objective's variance each parameter explains, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.report.analysis.descent import resource_of
from eegtune.report.analysis.fronts import goals_of
from eegtune.report.analysis.importances import FEWEST_TRIALS, MOST_TRIALS, Importance
from eegtune.report.figures.figure import (
    ACCENT,
    MUTED,
    THIRD,
    Figure,
    NothingToShow,
    plain,
    rounded,
    short,
)
from eegtune.report.material import Material
from eegtune.report.numbers import format_percent

_FEW_TRIALS = 50
_MOST_BARS = 20


def importance(material: Material, importances: Sequence[Importance]) -> Figure:
    """Draw shares by fANOVA as bars and by PED-ANOVA as diamonds, with their intervals.

    Raises:
        NothingToShow: There are none.
    """
    if not importances:
        raise NothingToShow(
            f"Importances need at least {FEWEST_TRIALS} finished trials with different values."
        )
    shown = importances[:_MOST_BARS]
    first = shown[0]
    has_ped = any(each.ped is not None for each in shown)
    return Figure(
        key="importance",
        title="What mattered",
        alt="Importance of the parameters: "
        + ", ".join(f"{each.name} {format_percent(each.anova.value)}" for each in shown[:5])
        + f". {first.name} mattered most.",
        data=[_bars(shown), *([_diamonds(shown)] if has_ped else [])],
        layout={
            "yaxis": {
                "tickvals": list(range(len(shown))),
                "ticktext": [plain(short(each.name, 24)) for each in shown],
                "range": [len(shown) - 0.4, -0.6],
                "automargin": True,
                "showgrid": False,
            },
            "xaxis": {"range": [0, _end(shown)], "tickformat": ".0%", "nticks": 5},
            "showlegend": has_ped,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "bargap": 0.4,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        },
        note=_note(material, has_ped),
        height_px=max(340, 28 * len(shown) + 80),
    )


def _bars(shown: Sequence[Importance]) -> dict[str, Any]:
    shares = [each.anova for each in shown]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "fANOVA",
        "x": [rounded(share.value) for share in shares],
        "y": list(range(len(shown))),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [rounded(max(0.0, share.high - share.value)) for share in shares],
            "arrayminus": [rounded(max(0.0, share.value - share.low)) for share in shares],
            "color": MUTED,
            "thickness": 1.5,
            "width": 3,
        },
        "customdata": [_text(each) for each in shown],
        "marker": {"color": ACCENT},
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _diamonds(shown: Sequence[Importance]) -> dict[str, Any]:
    known = [(row, each) for row, each in enumerate(shown) if each.ped is not None]
    peds = [each.ped for _, each in known if each.ped is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "PED-ANOVA",
        "x": [rounded(ped.value) for ped in peds],
        "y": [row for row, _ in known],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [rounded(max(0.0, p.high - p.value)) for p in peds],
            "arrayminus": [rounded(max(0.0, p.value - p.low)) for p in peds],
            "color": THIRD,
            "thickness": 1,
            "width": 2,
        },
        "customdata": [_text(each) for _, each in known],
        "marker": {"symbol": "diamond-open", "size": 9, "color": THIRD,
                   "line": {"width": 2, "color": THIRD}},
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip


def _text(each: Importance) -> str:
    lines = [f"{plain(each.name)}<br>fANOVA {_interval(each.anova)}"]
    if each.ped is not None:
        lines.append(f"PED-ANOVA {_interval(each.ped)}")
    return "<br>".join(lines)


def _interval(share: tuple[float, float, float]) -> str:
    value, low, high = map(format_percent, share)
    return f"{value} ({low} to {high})"


def _end(shown: Sequence[Importance]) -> float:
    ends = [each.anova.high for each in shown]
    ends += [each.ped.high for each in shown if each.ped is not None]
    return min(1.02, max(ends) * 1.08)


def _note(material: Material, has_ped: bool) -> str:
    trials, resource = len(material.finished), resource_of(material.experiment)
    several = f" of {material.metric}" if len(goals_of(material.experiment)) > 1 else ""
    beside = f", beside what {resource} explains" if resource else ""
    note = f"Share of the variance{several} that a parameter explains{beside} (fANOVA), with "
    note += "95 % intervals"
    note += "; diamonds: what tells the best tenth from the rest (PED-ANOVA)." if has_ped else "."
    if trials > MOST_TRIALS:
        return f"{note} Computed from an even sample of {MOST_TRIALS} of {trials:,} trials."
    return f"{note} With {trials} trials these shares are rough." if trials < _FEW_TRIALS else note
