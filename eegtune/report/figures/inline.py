"""One figure of the report as a plotly Figure, for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eegtune.report.page.drawing import draw
from eegtune.report.reading import read_material

# Those of the page's light scheme.
_COLOURS: dict[str, Any] = {
    "accent": "#2457c5", "muted": "#566274", "faint": "#c3cbd6", "ink": "#18202c",
    "grid": "#dfe4eb", "third": "#8a5300", "fail": "#b3261e", "stopped": "#8a5300",
    "paper": "#ffffff",
    "scale": [[0.0, "#dbe6fb"], [1.0, "#2457c5"]],
}  # fmt: skip


def inline_figure(folder: Path, name: str) -> Any:
    """Return a figure of a run as a plotly Figure.

    Args:
        folder: The run's folder.
        name: `history`, `importance`, `winner`, `parallel`, `curves`, `lineage`, `timeline`,
            `failures`, `pareto`, `hypervolume`, `scores`, `differences`, `slices:PARAMETER` or
            `pairs:PARAMETER × PARAMETER`.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: There is no such figure; the message says which there are, or why not.
    """
    from plotly import graph_objects

    drawn = draw(read_material(folder), {})
    figures = {
        **drawn.figures,
        **{f"slices:{each.title}": each for each in drawn.slices},
        **{f"pairs:{each.title}": each for each in drawn.pairs},
    }
    if name not in figures:
        why = drawn.notes.get(name)
        raise ValueError(why or f"there is no figure {name!r}; there are {', '.join(figures)}")
    figure = figures[name]
    layout = {**figure.layout, "title": {"text": figure.title}}
    return graph_objects.Figure(data=coloured(figure.data), layout=coloured(layout))


def coloured(node: Any) -> Any:
    """Return a figure's values with colours for their names.

    >>> coloured([{"color": "@fail"}, "@unknown"])
    [{'color': '#b3261e'}, '@unknown']
    """
    if isinstance(node, str):
        return _COLOURS.get(node[1:], node) if node.startswith("@") else node
    if isinstance(node, Mapping):
        return {key: coloured(value) for key, value in node.items()}
    return [coloured(each) for each in node] if isinstance(node, list | tuple) else node
