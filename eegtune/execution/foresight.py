"""Ask the search for several suggestions in one call where their numbers alone decide them.

Each call of `suggest` reads the whole history. A model needs that; a random draw, a grid's next
place or a Sobol point does not, and asking for one at a time would make the ten-thousandth trial
cost twenty times the first. What was suggested ahead is kept in memory only: a run that goes on
after a kill asks again, from the number of suggestions that are written down, and gets the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from eegtune.execution.board import Board
from eegtune.search import Proposal, Suggestion
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

Suggest = Callable[[Experiment, Sequence[Trial], Sequence[Trial], int, int], Proposal]

_DECIDED_BY_NUMBER = frozenset({"grid", "random", "sobol"})
_MOST_AHEAD = 512
_SHARE_AHEAD = 4  # so that reading the history costs each trial the same, however many there are


class Foresight:
    """Calls `suggest`, and keeps what it said beyond what was needed."""

    def __init__(self, suggest: Suggest, prior: Sequence[Trial] = ()) -> None:
        self._suggest = suggest
        self._prior = prior
        self._ahead: deque[Suggestion] = deque()
        self._holds_for: tuple[int, int] = (0, 0)
        self._is_end = False

    def propose(self, experiment: Experiment, board: Board, count: int) -> Proposal:
        """Return so many suggestions, or fewer where the search is exhausted.

        Raises:
            ValueError: The search cannot go on.
        """
        if self._holds_for != (board.tally.total, board.issued):  # somebody added a trial
            self._forget()
        if len(self._ahead) < count and not self._is_end:
            self._ask(experiment, board, count)
        given = tuple(self._ahead.popleft() for _ in range(min(count, len(self._ahead))))
        self._holds_for = (board.tally.total + len(given), board.issued + len(given))
        return Proposal(given, exhausted=self._is_end and len(given) < count)

    def _ask(self, experiment: Experiment, board: Board, count: int) -> None:
        proposal = self._suggest(
            experiment, board.history, self._prior, board.issued,
            max(count, _number_ahead(experiment, board)),
        )  # fmt: skip
        self._ahead = deque(proposal.suggestions)
        self._is_end = proposal.exhausted

    def _forget(self) -> None:
        self._ahead.clear()
        self._is_end = False


def _number_ahead(experiment: Experiment, board: Board) -> int:
    spec = experiment.spec
    if spec.algorithm.algorithm_name not in _DECIDED_BY_NUMBER:
        return 0
    number = min(_MOST_AHEAD, board.issued // _SHARE_AHEAD)
    most = spec.max_trial_count
    return number if most is None else min(number, most - board.tally.total)
