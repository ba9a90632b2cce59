"""Scores on test data with their intervals, and the differences between configurations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from eegtune.report.evaluation.results import DEFAULT, TUNED, Evaluation
from eegtune.report.figures.figure import ACCENT, INK, MUTED, THIRD, Figure, plain
from eegtune.report.numbers import format_interval, format_score
from trial_runner.scoring.values import Interval

_LINE_PX = 13


def score_intervals(evaluation: Evaluation, titles: Mapping[str, str]) -> Figure:
    """Draw every configuration's scores as points with intervals, a band for each metric."""
    metrics, names = evaluation.metrics, [each.name for each in evaluation.configurations]
    traces = []
    for position, result in enumerate(evaluation.configurations):
        offset = 0.0 if len(names) == 1 else (position / (len(names) - 1) - 0.5) * 0.5
        intervals = [result.scores[metric].interval for metric in metrics]
        rows = [row + offset for row in range(len(metrics))]
        labels = [titles.get(metric, metric) for metric in metrics]
        traces.append(_bars(result.name, intervals, rows, labels, _colour(result.name)))
    return Figure(
        key="scores",
        title="Scores",
        alt=". ".join(
            f"{result.name}: "
            + ", ".join(
                f"{titles.get(metric, metric)} {format_score(score.interval.value)}"
                for metric, score in result.scores.items()
            )
            for result in evaluation.configurations
        ),
        data=traces,
        layout={
            "yaxis": _rows_axis([titles.get(metric, metric) for metric in metrics]),
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        },
        height_px=_height(evaluation),
    )


def score_differences(evaluation: Evaluation, titles: Mapping[str, str]) -> Figure:
    """Draw tuned minus default, with the line of no difference."""
    comparison = evaluation.comparisons[0]
    labels = [titles.get(metric, metric) for metric in evaluation.metrics]
    intervals = [comparison.differences[metric].interval for metric in evaluation.metrics]
    trace = _bars("difference", intervals, list(range(len(labels))), labels, ACCENT, signed=True)
    return Figure(
        key="differences",
        title=f"{comparison.name.capitalize()} minus {comparison.against}",
        alt=". ".join(
            f"{label} {format_score(interval.value, signed=True)}, 95 % interval "
            f"{format_interval(interval.low, interval.high, signed=True)}"
            for label, interval in zip(labels, intervals, strict=True)
        ),
        data=[trace],
        layout={
            "yaxis": _rows_axis(labels),
            "xaxis": {"zeroline": True, "zerolinecolor": INK, "zerolinewidth": 1.5},
            "showlegend": False,
        },
        note="An interval that covers 0 is no measurable difference.",
        height_px=_height(evaluation),
    )


def _height(evaluation: Evaluation) -> int:
    lines = len(evaluation.metrics) * (len(evaluation.configurations) + 1)
    return 90 + _LINE_PX * lines


def _bars(
    name: str,
    intervals: Sequence[Interval],
    rows: Sequence[float],
    labels: Sequence[str],
    colour: str,
    signed: bool = False,
) -> dict[str, Any]:
    above = [_length(interval.value, interval.high) for interval in intervals]
    below = [_length(interval.low, interval.value) for interval in intervals]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name),
        "x": [round(interval.value, 5) for interval in intervals],
        "y": list(rows),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": colour,
            "thickness": 2,
            "width": 4,
        },
        "marker": {"color": colour, "size": 9},
        "text": [
            f"{plain(label)}: {format_score(interval.value, signed)}<br>95 % "
            f"{format_interval(interval.low, interval.high, signed)}"
            for label, interval in zip(labels, intervals, strict=True)
        ],
        "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
    }


def _length(start: float, end: float) -> float:
    return round(end - start, 5) if math.isfinite(end - start) else 0.0


def _rows_axis(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": [plain(label) for label in labels],
        "range": [len(labels) - 0.4, -0.6],
        "automargin": True,
        "zeroline": False,
        "showgrid": False,
    }


def _colour(name: str) -> str:
    return {TUNED: ACCENT, DEFAULT: MUTED}.get(name, THIRD)
