"""Holding figures against Plotly's own schema."""

from __future__ import annotations

from typing import Any

from eegtune.report.figures.figure import Figure

COLOURS = {
    "@scale": [[0, "#d3dcf0"], [1, "#173a8f"]],
    **{f"@{name}": "#123456" for name in
       ("accent", "muted", "faint", "ink", "grid", "third", "fail", "stopped", "paper")},
}  # fmt: skip


def check(figure: Figure) -> dict[str, Any]:
    """Return the figure as Plotly reads it; Plotly raises where a field or value is unknown."""
    import plotly.graph_objects as plotly

    made = plotly.Figure(data=_coloured(figure.data), layout=_coloured(figure.layout))
    assert figure.alt
    assert figure.title
    assert figure.height_px > 100
    return made.to_plotly_json()


def _coloured(value: Any) -> Any:
    if isinstance(value, str):
        return COLOURS[value] if value.startswith("@") else value
    if isinstance(value, dict):
        return {name: _coloured(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_coloured(each) for each in value]
    return value
