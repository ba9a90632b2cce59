"""All figures of a page; one that cannot be drawn becomes a note instead."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from eegtune.report.columns import parameter_columns
from eegtune.report.figures.curves import curves
from eegtune.report.figures.figure import Figure, NothingToShow
from eegtune.report.figures.history import history
from eegtune.report.figures.importance import importance, parameter_importances
from eegtune.report.figures.parallel import parallel
from eegtune.report.figures.scores import score_differences, score_intervals
from eegtune.report.figures.slices import MOST_POINTS, slices
from eegtune.report.material import Material
from eegtune.report.sampling import sample_note

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The figures of a page.

    Attributes:
        figures: By their place in the page.
        notes: Why a place has no figure.
        slices: One figure a parameter.
        slices_note: What the slices leave out.
        importances: Each parameter's share; empty where they could not be computed.
    """

    figures: Mapping[str, Figure]
    notes: Mapping[str, str]
    slices: tuple[Figure, ...]
    slices_note: str
    importances: Mapping[str, float]

    @property
    def all(self) -> tuple[Figure, ...]:
        """Every figure there is."""
        return (*self.figures.values(), *self.slices)


def draw(material: Material, titles: Mapping[str, str]) -> Drawn:
    """Draw what there is to draw."""
    notes: dict[str, str] = {}
    importances = _guarded("importance", lambda: _importances(material), notes) or {}
    wanted: dict[str, Callable[[], Figure]] = {
        "history": lambda: history(material),
        "importance": lambda: importance(material, importances),
        "parallel": lambda: parallel(material, importances),
        "curves": lambda: curves(material),
    }
    evaluation = material.evaluation
    if evaluation is not None:
        wanted["scores"] = lambda: score_intervals(evaluation, titles)
        wanted["differences"] = lambda: score_differences(evaluation, titles)
    figures = {}
    for place, make in wanted.items():
        figure = _guarded(place, make, notes)
        if figure is not None:
            figures[place] = figure
    _level(figures, "history", "importance")
    drawn = _guarded("slices", lambda: slices(material, importances), notes) or ()
    shown = min(MOST_POINTS, len(material.finished))
    note = sample_note(shown, len(material.finished))
    return Drawn(figures, notes, drawn, note, importances)


def _level(figures: dict[str, Figure], *places: str) -> None:
    """Make figures that stand side by side equally high."""
    both = [place for place in places if place in figures]
    height = max((figures[place].height_px for place in both), default=0)
    for place in both:
        figures[place] = replace(figures[place], height_px=height)


def _importances(material: Material) -> dict[str, float]:
    return parameter_importances(
        material, parameter_columns(material.experiment, material.finished)
    )


def _guarded(place: str, make: Callable[[], Result], notes: dict[str, str]) -> Result | None:
    """Draw one figure, or note why there is none."""
    try:
        return make()
    except NothingToShow as reason:
        notes[place] = str(reason)
    except Exception as error:
        # A report ends a run that took hours: a fault in a figure costs that figure only.
        logger.warning("the figure %r could not be drawn: %s", place, error)
        logger.debug("why", exc_info=True)
        notes[place] = f"This figure could not be drawn ({type(error).__name__}: {error})."
    return None
