"""All figures of a page; one that cannot be drawn becomes a note instead."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from eegtune.report.analysis.belief import Belief, TooLittle, believe
from eegtune.report.analysis.fronts import Front, front
from eegtune.report.analysis.importances import Importance, importances, shares_of
from eegtune.report.analysis.next_steps import Advice, next_steps
from eegtune.report.analysis.winner import Standing, standings
from eegtune.report.columns import parameter_columns
from eegtune.report.figures.contours import pairs
from eegtune.report.figures.curves import curves
from eegtune.report.figures.failures import failures
from eegtune.report.figures.figure import Figure, NothingToShow
from eegtune.report.figures.history import history
from eegtune.report.figures.importance import importance
from eegtune.report.figures.lineage import lineage
from eegtune.report.figures.parallel import parallel
from eegtune.report.figures.pareto import hypervolume, pareto
from eegtune.report.figures.scores import score_differences, score_intervals
from eegtune.report.figures.slices import MOST_POINTS, slices
from eegtune.report.figures.timeline import slots
from eegtune.report.figures.winner import winner
from eegtune.report.material import Material
from eegtune.report.page.front import FrontTable, front_table
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
        pairs: One figure for each pair of the parameters that mattered most.
        importances: Each parameter's share; empty where they could not be computed.
        standings: How sure the best configurations are; empty where that is not known.
        advice: What to try next.
        front: The Pareto front's trials; None for one objective.
    """

    figures: Mapping[str, Figure]
    notes: Mapping[str, str]
    slices: tuple[Figure, ...]
    slices_note: str
    pairs: tuple[Figure, ...]
    importances: Mapping[str, float]
    standings: tuple[Standing, ...]
    advice: tuple[Advice, ...]
    front: FrontTable | None

    @property
    def all(self) -> tuple[Figure, ...]:
        """Every figure there is."""
        return (*self.figures.values(), *self.slices, *self.pairs)


@dataclass(frozen=True, slots=True)
class _Known:
    """What several figures are drawn from."""

    importances: tuple[Importance, ...]
    belief: Belief | None
    standings: tuple[Standing, ...]
    front: Front | None

    @property
    def shares(self) -> dict[str, float]:
        """Each parameter's share."""
        return shares_of(self.importances)


def draw(material: Material, titles: Mapping[str, str]) -> Drawn:
    """Draw what there is to draw."""
    notes: dict[str, str] = {}
    known = _known(material, notes)
    figures = {}
    for place, make in _wanted(material, known, titles).items():
        figure = _guarded(place, make, notes)
        if figure is not None:
            figures[place] = figure
    _level(figures, "history", "importance")
    _level(figures, "pareto", "hypervolume")
    drawn = _guarded("slices", lambda: slices(material, known.shares), notes) or ()
    belief = known.belief
    both = (
        _guarded("pairs", lambda: pairs(material, belief, known.shares), notes) if belief else ()
    )
    advice = _guarded("next", lambda: next_steps(material, known.shares, known.standings), notes)
    shown = min(MOST_POINTS, len(material.finished))
    note = sample_note(shown, len(material.finished))
    return Drawn(
        figures, notes, drawn, note, both or (), known.shares, known.standings, advice or (),
        front_table(material, known.front),
    )  # fmt: skip


def _known(material: Material, notes: dict[str, str]) -> _Known:
    found = _guarded("importance", lambda: _importances(material), notes) or ()
    several = _guarded("pareto", lambda: front(material.experiment, material.records), notes)
    belief = _guarded("winner", lambda: believe(material.experiment, material.finished), notes)
    stand = _guarded("winner", lambda: standings(belief), notes) if belief is not None else None
    return _Known(found, belief, stand or (), several)


def _wanted(
    material: Material, known: _Known, titles: Mapping[str, str]
) -> dict[str, Callable[[], Figure]]:
    wanted: dict[str, Callable[[], Figure]] = {
        "history": lambda: history(material),
        "importance": lambda: importance(material, known.importances),
        "pareto": lambda: pareto(known.front),
        "hypervolume": lambda: hypervolume(known.front),
        "parallel": lambda: parallel(material, known.shares),
        "curves": lambda: curves(material),
        "lineage": lambda: lineage(material),
        "timeline": lambda: slots(material),
        "failures": lambda: failures(material),
    }
    if known.standings:
        wanted["winner"] = lambda: winner(material, known.standings)
    evaluation = material.evaluation
    if evaluation is not None:
        wanted["scores"] = lambda: score_intervals(evaluation, titles)
        wanted["differences"] = lambda: score_differences(evaluation, titles)
    return wanted


def _level(figures: dict[str, Figure], *places: str) -> None:
    """Make figures that stand side by side equally high."""
    both = [place for place in places if place in figures]
    height = max((figures[place].height_px for place in both), default=0)
    for place in both:
        figures[place] = replace(figures[place], height_px=height)


def _importances(material: Material) -> tuple[Importance, ...]:
    return importances(material, parameter_columns(material.experiment, material.finished))


def _guarded(place: str, make: Callable[[], Result], notes: dict[str, str]) -> Result | None:
    """Draw one figure, or note why there is none."""
    try:
        return make()
    except (NothingToShow, TooLittle) as reason:
        if str(reason):  # an empty one is no gap: the figure is of another kind of search
            notes[place] = str(reason)
    except Exception as error:
        # A report ends a run that took hours: a fault in a figure costs that figure only.
        logger.warning("the figure %r could not be drawn: %s", place, error)
        logger.debug("why", exc_info=True)
        notes[place] = f"This figure could not be drawn ({type(error).__name__}: {error})."
    return None
