"""The trials on the Pareto front as a table: what one chooses from with several objectives."""

from __future__ import annotations

from typing import NamedTuple

from eegtune.report.analysis.fronts import Front
from eegtune.report.material import Material
from eegtune.report.numbers import format_number, readable

_MOST_ROWS = 20


class FrontTable(NamedTuple):
    """Trials that no other beats in everything.

    Attributes:
        columns: `trial`, then the objectives, then the parameters.
        rows: One a trial, by the first objective, the best first.
        best: The number of the trial that is the best by the Experiment's objective.
        note: What is left out; empty where nothing is.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: int | None
    note: str


def front_table(material: Material, found: Front | None) -> FrontTable | None:
    """Return the table; None for one objective."""
    if found is None:
        return None
    members = [n for n, is_front in enumerate(found.is_front) if is_front]
    members.sort(key=lambda n: found.goals[0].sign * float(found.values[n, 0]))
    parameters = [parameter.name for parameter in material.experiment.spec.parameters]
    rows = tuple(
        (
            str(found.records[n].number),
            *(format_number(float(value)) for value in found.values[n]),
            *(readable(found.records[n].trial.assignments.get(name, "–")) for name in parameters),
        )
        for n in members[:_MOST_ROWS]
    )
    more = len(members) - len(rows)
    return FrontTable(
        ("trial", *(goal.metric for goal in found.goals), *parameters),
        rows,
        None if material.best is None else material.best.number,
        f"The {_MOST_ROWS} best in {found.goals[0].metric} of {len(members)}." if more else "",
    )
