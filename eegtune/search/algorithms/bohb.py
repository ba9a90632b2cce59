"""BOHB (Falkner et al. 2018): asha's rungs, multivariate TPE's configurations.

The estimator learns from the highest rung that has enough results; a part of the configurations
stays random.
"""

from __future__ import annotations

from dataclasses import replace

from eegtune.search.algorithms import asha, tpe
from eegtune.search.history import Record, State
from eegtune.search.ladder import Ladder, read_ladder
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.rules import Rules
from eegtune.search.rungs import climb, draw_random
from eegtune.search.seeds import derive_seed
from eegtune.search.settings import RESOURCE
from eegtune.search.space import Point, Space
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = (
    *RESOURCE,
    SettingRule("n_ei_candidates", "int", 24, "Candidates per suggestion.", low=1),
    SettingRule(
        "random_fraction", "float", 1 / 3, "Share of random configurations.", low=0, high=1
    ),
)


def check(problem: Problem) -> None:
    """Refuse a problem without a budget parameter, or with several objectives."""
    asha.check(problem)


def propose(round_: Round) -> None:
    """Add promotions and new configurations that the estimator prefers."""
    climb(round_, {0: 1.0}, draw_model)


def draw_model(round_: Round, attempt: int) -> Point:
    """Draw a new configuration from the estimator, or at random."""
    ladder = read_ladder(round_.problem)
    lottery = derive_seed(round_.seed("random")) / 2**32
    if lottery < round_.problem.options["random_fraction"] or attempt > 20:
        return draw_random(round_, attempt)
    records = _learnt_from(ladder, round_.known.records, len(round_.problem.space.axes))
    if not records:
        return draw_random(round_, attempt)
    problem = without_budget(round_.problem, ladder)
    columns = tpe.read_columns(problem)
    sampler = tpe.build_sampler(round_, columns, multivariate=True, salt=attempt)
    drawn = tpe.ask(tpe.model_study(problem, records, sampler), problem)
    return (*drawn[: ladder.place], ladder.budgets[0], *drawn[ladder.place :])


def without_budget(problem: Problem, ladder: Ladder) -> Problem:
    """Return the problem of configurations alone."""
    axes = problem.space.axes
    space = Space((*axes[: ladder.place], *axes[ladder.place + 1 :]))
    return replace(problem, space=space, rules=Rules(space))


def _learnt_from(ladder: Ladder, records: tuple[Record, ...], dimensions: int) -> list[Record]:
    """Return the results of the highest rung that has enough, and all that run."""
    for rung in range(ladder.top, -1, -1):
        at = [
            r for r in records if r.state is not State.PENDING and ladder.rung_of(r.point) == rung
        ]
        if len(at) >= dimensions + 1:
            pending = [r for r in records if r.state is State.PENDING]
            return [_shorten(record, ladder.place) for record in (*at, *pending)]
    return []


def _shorten(record: Record, place: int) -> Record:
    return replace(
        record,
        point=(*record.point[:place], *record.point[place + 1 :]),
        axes=(*record.axes[:place], *record.axes[place + 1 :]),
        active=(*record.active[:place], *record.active[place + 1 :]),
    )
