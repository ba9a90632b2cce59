"""How sure the winner is: what was seen of the best ten, and what is believed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.report.analysis.winner import Standing, curse
from eegtune.report.figures.figure import ACCENT, FAINT, INK, Figure, NothingToShow, plain, rounded
from eegtune.report.material import Material
from eegtune.report.numbers import format_number, format_percent, format_score


def winner(material: Material, found: Sequence[Standing]) -> Figure:
    """Draw the best configurations with what was seen and what is believed.

    Raises:
        NothingToShow: There are not two of them.
    """
    if len(found) < 2:
        raise NothingToShow("How sure the winner is needs at least ten finished trials.")
    rows = list(range(len(found)))
    return Figure(
        key="winner",
        title="How sure is the winner?",
        alt=_alt(material, found),
        data=[_links(found), _seen(found), _believed(found), _chances(found)],
        layout={
            "xaxis": {"title": {"text": plain(material.metric)}, "domain": [0, 0.84]},
            "xaxis2": {"domain": [0.86, 1], "range": [0, 1], "visible": False, "anchor": "y"},
            "yaxis": {
                "tickvals": rows,
                "ticktext": [_label(each) for each in found],
                "range": [len(found) - 0.4, -0.7],
                "automargin": True,
                "showgrid": False,
            },
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "annotations": [_heading()],
        },
        note=_note(material, found),
        height_px=120 + 26 * len(found),
    )


def _label(standing: Standing) -> str:
    times = f" ({standing.times}×)" if standing.times > 1 else ""
    return f"trial {standing.record.number}{times}"


def _heading() -> dict[str, Any]:
    return {
        "text": "best in",
        "x": 0.5,
        "y": 1.0,
        "xref": "x2",
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": "@muted", "size": 12},
    }


def _links(found: Sequence[Standing]) -> dict[str, Any]:
    values: list[float | None] = []
    rows: list[int | None] = []
    for row, each in enumerate(found):
        values += [rounded(each.seen), rounded(each.believed), None]
        rows += [row, row, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": values,
        "y": rows,
        "line": {"width": 2, "color": FAINT},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _seen(found: Sequence[Standing]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "seen",
        "x": [rounded(each.seen) for each in found],
        "y": list(range(len(found))),
        "customdata": [each.record.number for each in found],
        "marker": {
            "size": 9,
            "symbol": "circle-open",
            "color": INK,
            "line": {"width": 1.5, "color": INK},
        },
        "hovertemplate": "trial %{customdata}<br>seen %{x}<extra></extra>",
    }


def _believed(found: Sequence[Standing]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "believed, 95 % interval",
        "x": [rounded(each.believed) for each in found],
        "y": list(range(len(found))),
        "customdata": [each.record.number for each in found],
        "text": [f"rank {each.rank_low} to {each.rank_high}" for each in found],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [rounded(each.high - each.believed) for each in found],
            "arrayminus": [rounded(each.believed - each.low) for each in found],
            "color": ACCENT,
            "thickness": 1.5,
            "width": 3,
        },
        "marker": {"size": 8, "color": ACCENT},
        "hovertemplate": "trial %{customdata}<br>believed %{x}<br>%{text}<extra></extra>",
    }


def _chances(found: Sequence[Standing]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [0.5] * len(found),
        "y": list(range(len(found))),
        "xaxis": "x2",
        "text": [format_percent(each.chance) for each in found],
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _note(material: Material, found: Sequence[Standing]) -> str:
    first = found[0]
    maximize = material.experiment.spec.objective.type == "maximize"
    gap = curse(tuple(found), maximize)
    sentence = (
        f"If all were scored again, trial {first.record.number} would be the best in "
        f"{format_percent(first.chance)} of the cases "
        f"(rank {first.rank_low} to {first.rank_high}). "
    )
    if gap > 0:
        sentence += (
            f"It looks {format_number(gap)} better than it is believed to be (winner’s curse). "
        )
    honest = material.evaluation
    if honest is not None and honest.gap is not None and honest.kind == "test":
        lost = honest.gap if maximize else -honest.gap
        sentence += f"Its tuning score minus its test score is {format_score(lost, signed=True)}. "
    return sentence + "By the Gaussian process of all trials; their noise is estimated by it."


def _alt(material: Material, found: Sequence[Standing]) -> str:
    return f"{material.metric} of the best {len(found)} configurations: " + "; ".join(
        f"trial {each.record.number} seen {format_number(each.seen)}, believed "
        f"{format_number(each.believed)}, best in {format_percent(each.chance)}"
        for each in found[:3]
    )
