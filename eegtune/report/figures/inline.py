"""One figure of the report as a plotly Figure, for notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eegtune.report.page.drawing import draw
from eegtune.report.reading import read_material


def inline_figure(folder: Path, name: str) -> Any:
    """Return a figure of a run as a plotly Figure.

    Args:
        folder: The run's folder.
        name: `history`, `importance`, `parallel`, `curves`, `scores` or `slices:PARAMETER`.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: There is no such figure; the message says which there are, or why not.
    """
    from plotly import graph_objects

    drawn = draw(read_material(folder), {})
    figures = {**drawn.figures, **{f"slices:{each.title}": each for each in drawn.slices}}
    if name not in figures:
        why = drawn.notes.get(name)
        raise ValueError(why or f"there is no figure {name!r}; there are {', '.join(figures)}")
    figure = figures[name]
    layout = {**figure.layout, "title": {"text": figure.title}}
    return graph_objects.Figure(data=figure.data, layout=layout)
