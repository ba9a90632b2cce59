"""One call of `suggest` while it is being answered.

Algorithms read the problem and the history from it and add points; it keeps the points apart
from all that are known and within the constraints, so that no algorithm repeats or breaks one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from eegtune.search.history import History
from eegtune.search.memory import SETTING, fingerprint, read_memory, write_memory
from eegtune.search.problem import Problem
from eegtune.search.proposal import Proposal, Suggestion
from eegtune.search.seeds import derive_seed
from eegtune.search.space import Point

# Their points follow from `issued` alone; the others' trials are numbered in their names, so
# that gaps are seen (`lost`).
FOLLOW_FROM_NUMBER = frozenset({"grid", "manual", "random", "sobol"})
# Marks in the memory that a point that has failed was sent once more.
_AGAIN = "again"


class Seen(NamedTuple):
    """What was tried before: enough for points that follow from their number.

    Attributes:
        points: The points of all trials that can be seen.
        ended: Those of trials that have ended.
    """

    points: Sequence[Point]
    ended: Sequence[Point]


def seen_in(history: History) -> Seen:
    """Return what a history says."""
    return Seen(
        [record.point for record in history.records],
        [record.point for record in history.completed],
    )


class Round:
    """What is asked, what is known, and what has been chosen so far.

    Attributes:
        problem: The compiled Experiment.
        history: The Experiment's own trials, points chosen in this call included.
        prior: Trials of earlier runs, already rescaled and weighted.
        issued: How many suggestions were made before this call.
        count: How many are asked for.
        reason: Why the algorithm chose as it did, for people.
        taken: Points that may not be sent again.
        lost: How often each point was sent whose trial cannot be seen, as far as that is known.
        memory: Fingerprints of points whose trials cannot be seen.
    """

    def __init__(
        self,
        problem: Problem,
        history: History,
        prior: History,
        issued: int,
        count: int,
        seen: Seen | None = None,
    ) -> None:
        """Start with nothing chosen; `seen` is by default what the history says."""
        self._seen = seen or seen_in(history)
        self.problem = problem
        self.history = history
        self.prior = prior
        self.issued = issued
        self.count = count
        self.reason = ""
        self.taken: set[Point] = set(self._seen.points)
        self.lost: Counter[Point] = Counter()
        self.memory = read_memory(problem.options.get(SETTING))
        self._chosen: list[Suggestion] = []
        self._points: list[Point] = []
        self._exhausted = False

    @property
    def known(self) -> History:
        """The prior trials and the own ones, chosen points included."""
        return History((*self.prior.records, *self.history.records))

    @property
    def index(self) -> int:
        """The number of the next suggestion, counted over all calls."""
        return self.issued + len(self._chosen)

    @property
    def is_open(self) -> bool:
        """Whether more suggestions are asked for and may exist."""
        return not self._exhausted and len(self._chosen) < self.count

    @property
    def misses_trials(self) -> bool:
        """Whether suggestions were made whose trials cannot be seen and are not remembered."""
        return not self.memory and self.issued > len(self._seen.points)

    @property
    def proposal(self) -> Proposal:
        """The answer."""
        memory = write_memory(self.memory, self._seen.ended, self._points)
        return Proposal(tuple(self._chosen), self._exhausted, {SETTING: memory}, self.reason)

    def seed(self, *parts: object) -> int:
        """Return a seed of the next suggestion."""
        return derive_seed(self.problem.seed, self.problem.algorithm, self.index, *parts)

    def admit(self, point: Point) -> Point | None:
        """Return a point with its inactive parameters settled; None where it may not be sent."""
        settled, _ = self.problem.rules.settle(point)
        if not self.is_free(settled) or not self.problem.rules.allows(settled):
            return None
        return settled

    def is_free(self, point: Point) -> bool:
        """Say whether a point is neither known nor chosen nor remembered."""
        if point in self.taken:
            return False
        return not self.memory or fingerprint(point) not in self.memory

    def lose(self, points: Iterable[Point]) -> None:
        """Note points that were sent and whose trials cannot be seen."""
        self.lost.update(points)
        self.taken.update(self.lost)

    def add_again(self, point: Point, labels: Mapping[str, str]) -> None:
        """Choose a point that has failed, for the last time."""
        self.add(point, labels)
        self._points.append((*point, _AGAIN))

    def was_lost_again(self, point: Point) -> bool:
        """Say whether a point that has failed was sent once more and that trial is lost.

        Where points are remembered, a second trial that runs counts as well.
        """
        return self.lost[point] > 0 or fingerprint((*point, _AGAIN)) in self.memory

    def add(
        self, point: Point, labels: Mapping[str, str] | None = None, name: str | None = None
    ) -> None:
        """Choose a point."""
        if name is None and self.problem.algorithm not in FOLLOW_FROM_NUMBER:
            name = f"{self.problem.experiment.name}-{self.index:04d}"
        space = self.problem.space
        self._chosen.append(Suggestion(space.assignments(point), labels or {}, name))
        self._points.append(point)
        self.taken.add(point)
        self.history = self.history.with_pending(self.problem, point)

    def use_options(self, options: Mapping[str, Any]) -> None:
        """Go on with other settings (an algorithm that hands over to another)."""
        self.problem = replace(self.problem, options=options)

    def exhaust(self) -> None:
        """Say that there is nothing left."""
        self._exhausted = True

    def add_first(self, draw: Callable[[int], Point], attempts: int = 20) -> bool:
        """Choose the first admissible one of several drawn points; False where none is."""
        for attempt in range(attempts):
            point = self.admit(draw(attempt))
            if point is not None:
                self.add(point)
                return True
        return False
