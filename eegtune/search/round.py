"""One call of `suggest` while it is being answered.

Algorithms read the problem and the history from it and add points; it keeps the points apart
from all that are known, so that no algorithm repeats one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eegtune.search.history import History
from eegtune.search.problem import Problem
from eegtune.search.proposal import Proposal, Suggestion
from eegtune.search.seeds import derive_seed
from eegtune.search.space import Point


class Round:
    """What is asked, what is known, and what has been chosen so far."""

    def __init__(self, problem: Problem, history: History, issued: int, count: int) -> None:
        """Start with nothing chosen.

        Args:
            problem: The compiled Experiment.
            history: What is known.
            issued: How many suggestions were made before this call.
            count: How many are asked for.
        """
        self.problem = problem
        self.history = history
        self.issued = issued
        self.count = count
        self.taken: set[Point] = {record.point for record in history.records}
        self._chosen: list[Suggestion] = []
        self._exhausted = False

    @property
    def index(self) -> int:
        """The number of the next suggestion, counted over all calls."""
        return self.issued + len(self._chosen)

    @property
    def is_open(self) -> bool:
        """Whether more suggestions are asked for and may exist."""
        return not self._exhausted and len(self._chosen) < self.count

    @property
    def proposal(self) -> Proposal:
        """The answer."""
        return Proposal(tuple(self._chosen), self._exhausted)

    def seed(self, *parts: object) -> int:
        """Return a seed of the next suggestion."""
        return derive_seed(self.problem.seed, self.problem.algorithm, self.index, *parts)

    def is_free(self, point: Point) -> bool:
        """Say whether a point may be suggested: neither known nor already chosen."""
        return point not in self.taken

    def add(
        self, point: Point, labels: Mapping[str, str] | None = None, name: str | None = None
    ) -> None:
        """Choose a point."""
        space = self.problem.space
        self._chosen.append(Suggestion(space.assignments(point), labels or {}, name))
        self.taken.add(point)
        self.history = self.history.with_pending(point, space.encode(point))

    def exhaust(self) -> None:
        """Say that there is nothing left."""
        self._exhausted = True

    def add_first_free(self, draw: Callable[[int], Point], attempts: int = 20) -> bool:
        """Choose the first free one of several drawn points; False where none was free."""
        for attempt in range(attempts):
            point = draw(attempt)
            if self.is_free(point):
                self.add(point)
                return True
        return False
