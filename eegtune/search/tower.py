"""All configurations of a search by bracket and rung, and who of them has earned the next rung."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from eegtune.search.history import Record, State
from eegtune.search.ladder import read_ladder
from eegtune.search.round import Round
from eegtune.search.space import Point


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
            above = self._above(place, rung)
            if _went_on(place.rungs, rung) or self._was_lost(above):
                places -= 1
            elif self._may_go_on(place, rung, above):
                places -= 1
                yield place.configuration

    def _above(self, place: _Place, rung: int) -> list[Point]:
        """Return a configuration's failed points above a rung, or the one that would come next."""
        failed = [record.point for other, record in place.rungs.items() if other > rung]
        return failed or [self.ladder.point(place.configuration, rung + 1)]

    def _was_lost(self, above: list[Point]) -> bool:
        """Say whether a promotion's trial is known to be lost by its number alone.

        It keeps its place: when it was lost is not known, so that what was sent since can only
        be found again if the place was never another's.
        """
        return any(self._round.lost[point] for point in above)

    def _may_go_on(self, place: _Place, rung: int, above: list[Point]) -> bool:
        """Say whether a configuration that has not come above a rung may be sent there."""
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
