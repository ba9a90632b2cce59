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

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from eegtune.search.axes import parse_number
from eegtune.search.history import Record, State
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import random_point
from eegtune.search.space import Point

Draw = Callable[[Round, int], Point | None]
RUNG_LABEL, BRACKET_LABEL = "eegtune.dev/rung", "eegtune.dev/bracket"
_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a problem.

    Attributes:
        place: The budget parameter's place among the axes.
        budgets: Its value at each rung, the smallest first.
        eta: One of this many goes on.
    """

    place: int
    budgets: tuple[str, ...]
    eta: float

    @property
    def top(self) -> int:
        """The last rung."""
        return len(self.budgets) - 1

    def configuration(self, point: Point) -> Point:
        """Return a point without its budget."""
        return (*point[: self.place], *point[self.place + 1 :])

    def point(self, configuration: Point, rung: int) -> Point:
        """Return a configuration with a rung's budget."""
        head, tail = configuration[: self.place], configuration[self.place :]
        return (*head, self.budgets[rung], *tail)

    def rung_of(self, point: Point) -> int:
        """Return the highest rung whose budget a point has."""
        budget = float(point[self.place])
        return max(
            (rung for rung, text in enumerate(self.budgets) if float(text) <= budget), default=0
        )


def read_ladder(problem: Problem) -> Ladder:
    """Lay out the rungs between the smallest and the largest budget.

    Raises:
        ValueError: No budget parameter, one that is not a number, or limits outside its space.
    """
    options = problem.options
    place = budget_place(problem, options.get("resource") or options.get("resource_name"))
    axis = problem.space.axes[place]
    name = axis.name
    eta = float(options.get("eta") or options.get("reduction_factor") or 3.0)
    lowest, highest = parse_number(name, axis.lowest), parse_number(name, axis.text(1.0))
    largest = options.get("max_resource") or options.get("r_l") or highest
    smallest = options.get("min_resource") or max(lowest, 1e-9 * largest)
    if not lowest <= smallest <= largest <= highest:
        raise ValueError(
            f"budgets from {smallest:g} to {largest:g} lie outside {name!r} "
            f"({lowest:g} to {highest:g}); set min_resource and max_resource within"
        )
    steps = math.floor(math.log(largest / smallest) / math.log(eta) + 1e-9)
    if "min_resource" in options and options["min_resource"] is None and lowest <= 0:
        steps = min(steps, 4)
    wanted = [largest / eta**step for step in range(steps, -1, -1)]
    budgets = dict.fromkeys(axis.text(axis.unit(repr(value))) for value in wanted)
    return Ladder(place, tuple(budgets), eta)


def budget_place(problem: Problem, name: str | None) -> int:
    """Return the place of the budget parameter among the axes.

    Raises:
        ValueError: There is no such parameter, or it is not a number.
    """
    names = problem.space.names
    if name not in names:
        raise ValueError(
            f"algorithm {problem.algorithm} needs setting 'resource' to name the budget "
            f"parameter, got {name!r}; parameters are {', '.join(names)}"
        )
    if not problem.space.axes[names.index(name)].is_ordered:
        raise ValueError(f"the budget parameter {name!r} is categorical; it must be a number")
    return names.index(name)


class Tower:
    """All configurations by bracket and rung, as far as they can be seen."""

    def __init__(self, round_: Round) -> None:
        """Sort a round's trials by configuration and rung."""
        self.ladder = read_ladder(round_.problem)
        self._round = round_
        self.members: dict[Point, dict[int, Record]] = {}
        self._failures: Counter[Point] = Counter()
        self._rungs: dict[str, int] = {}
        for record in round_.history.records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Sort in one more record."""
        text = record.point[self.ladder.place]
        if text not in self._rungs:
            self._rungs[text] = self.ladder.rung_of(record.point)
        rungs = self.members.setdefault(self.ladder.configuration(record.point), {})
        rung = self._rungs[text]
        if record.state is State.FAILED:
            self._failures[record.point] += 1
            if rung in rungs and rungs[rung].state is not State.FAILED:
                return
        rungs[rung] = record

    def bracket_of(self, configuration: Point) -> int:
        """Return the rung at which a configuration started."""
        return min(self.members[configuration])

    def counts(self) -> Counter[int]:
        """Return how many configurations started at each rung."""
        return Counter(map(min, self.members.values()))

    def promotable(self) -> Iterator[tuple[Point, int]]:
        """Yield (configuration, next rung) of those that may go on, the highest rung first."""
        reached: dict[tuple[int, int], list[_Place]] = {}
        for configuration, rungs in self.members.items():
            bracket = min(rungs)
            for rung, record in rungs.items():
                if record.state is not State.PENDING and rung < self.ladder.top:
                    place = _Place(_order(record), configuration, rungs)
                    reached.setdefault((-rung, bracket), []).append(place)
        for key in sorted(reached):
            for configuration in self._earned(reached[key], -key[0]):
                yield configuration, 1 - key[0]

    def waiting(self) -> list[tuple[Point, int]]:
        """Return all that could go on if nothing else were left, the best first.

        Those that still run come last: the search must not end while they may go further.
        """
        found = []
        for configuration, rungs in self.members.items():
            rung = max(rungs)
            state = rungs[rung].state
            if rung < self.ladder.top and state is not State.FAILED:
                key = (state is State.PENDING, -rung, _order(rungs[rung]))
                found.append((*key, configuration))
        return [(configuration, 1 - rung) for _, rung, _, configuration in sorted(found)]

    def _earned(self, reached: list[_Place], rung: int) -> Iterator[Point]:
        """Yield the configurations of a rung that have earned the next one, the best first."""
        places = int(len(reached) / self.ladder.eta)
        for place in sorted(reached, key=lambda place: place.order):
            if not places or place.rungs[rung].state is not State.FINISHED:
                return
            if _went_on(place.rungs, rung) or self._was_lost(place, rung):
                places -= 1
            elif self._may_go_on(place, rung):
                places -= 1
                yield place.configuration

    def _was_lost(self, place: _Place, rung: int) -> bool:
        """Say whether a promotion's trial is known to be lost by its number alone.

        It keeps its place: when it was lost is not known, so that what was sent since can only
        be found again if the place was never another's.
        """
        return any(self._round.lost[point] for point in self._above(place, rung))

    def _above(self, place: _Place, rung: int) -> list[Point]:
        """Return a configuration's failed points above a rung, or the one that would come next."""
        failed = [record.point for other, record in place.rungs.items() if other > rung]
        return failed or [self.ladder.point(place.configuration, rung + 1)]

    def _may_go_on(self, place: _Place, rung: int) -> bool:
        """Say whether a configuration that has not come above a rung may be sent there."""
        above = self._above(place, rung)
        if max(place.rungs) > rung:
            return not any(
                self._failures[point] > 1 or self._round.was_lost_again(point) for point in above
            )
        return self._round.admit(above[0]) is not None


class _Place(NamedTuple):
    """A configuration's place in a rung."""

    order: tuple[float, ...]
    configuration: Point
    rungs: Mapping[int, Record]


def _went_on(rungs: Mapping[int, Record], rung: int) -> bool:
    """Say whether a configuration runs or has a result above a rung."""
    return max(rungs) > rung and any(
        record.state is not State.FAILED for place, record in rungs.items() if place > rung
    )


def _order(record: Record) -> tuple[float, ...]:
    """Return a key by which better records come first."""
    if record.state is not State.FINISHED:
        return (math.inf, math.inf)
    return (record.violation, record.losses[0])


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


def all_brackets(ladder: Ladder) -> dict[int, float]:
    """Return Hyperband's shares: about the same budget in every bracket."""
    rungs = ladder.top + 1
    return {
        start: math.ceil(rungs / (ladder.top - start + 1) * ladder.eta ** (ladder.top - start))
        for start in range(rungs)
    }


def draw_random(round_: Round, attempt: int) -> Point:
    """Draw a new configuration at random."""
    return random_point(round_.problem, round_.index, attempt)
