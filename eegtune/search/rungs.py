"""Successive halving as separate trials whose budget parameter is raised.

A configuration is a point without its budget. Each rung is a budget; a configuration that is
among the best 1/eta of its rung goes on to the next. Promotion is asynchronous: nothing waits
for a rung to fill, failed members count as the worst of theirs, lost ones do not count. A
promotion that may not be sent leaves its place to the next best: a constraint over the budget
forbids it, or the memory says that it was sent and its trial cannot be seen. Brackets differ in
the rung at which configurations start.

A configuration that has come through a rung and fails in the next one is tried there once more:
it has shown that it runs, and with one failure in ten a third of the best would never reach the
top rung. Then its place goes to the next best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from eegtune.search.round import Round
from eegtune.search.sequence import random_point
from eegtune.search.space import Point
from eegtune.search.tower import Tower

Draw = Callable[[Round, int], Point | None]
RUNG_LABEL, BRACKET_LABEL = "eegtune.dev/rung", "eegtune.dev/bracket"
_ATTEMPTS = 40


def climb(round_: Round, brackets: Mapping[int, float], draw: Draw) -> None:
    """Add promotions where they are earned, new configurations otherwise.

    Args:
        round_: The round.
        brackets: The share of new configurations that start at each rung.
        draw: Draws the point of a new configuration (its budget is replaced).
    """
    tower = Tower(round_)
    while round_.is_open:
        if _promote(round_, tower, tower.promotable()):
            continue
        bracket = _next_bracket(tower, brackets)
        if _start(round_, tower, bracket, draw) or _promote(round_, tower, tower.waiting()):
            continue
        round_.exhaust()


def _promote(round_: Round, tower: Tower, candidates: Iterable[tuple[Point, int]]) -> bool:
    for configuration, rung in candidates:
        labels = _labels(rung, tower.bracket_of(configuration))
        if failed := tower.members[configuration].get(rung):
            round_.add_again(failed.point, labels)
        elif (point := round_.admit(tower.ladder.point(configuration, rung))) is not None:
            round_.add(point, labels)
        else:
            continue
        tower.add(round_.history.records[-1])
        return True
    return False


def _start(round_: Round, tower: Tower, bracket: int, draw: Draw) -> bool:
    for attempt in range(_ATTEMPTS):
        drawn = draw(round_, attempt)
        if drawn is None:
            continue
        configuration = tower.ladder.configuration(drawn)
        point = round_.admit(tower.ladder.point(configuration, bracket))
        if point is not None and tower.ladder.configuration(point) not in tower.members:
            round_.add(point, _labels(bracket, bracket))
            tower.add(round_.history.records[-1])
            return True
    return False


def _labels(rung: int, bracket: int) -> dict[str, str]:
    return {RUNG_LABEL: str(rung), BRACKET_LABEL: str(bracket)}


def _next_bracket(tower: Tower, brackets: Mapping[int, float]) -> int:
    """Return the bracket that is furthest behind its share."""
    total = sum(brackets.values())
    counts = tower.counts()
    made = sum(counts[bracket] for bracket in brackets) + 1
    return max(brackets, key=lambda b: (made * brackets[b] / total - counts[b], -b))


def draw_random(round_: Round, attempt: int) -> Point:
    """Draw a new configuration at random."""
    return random_point(round_.problem, round_.index, attempt)
