"""Where new trials come from: suggestions of the search, named, numbered and written down."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from eegtune.execution.board import Board
from eegtune.execution.foresight import Foresight, Suggest
from eegtune.execution.naming import trial_name
from eegtune.execution.records import TrialRecord
from eegtune.execution.writer import RunWriter
from eegtune.search import Suggestion
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition


class SearchError(Exception):
    """The search cannot go on."""


class TrialSource:
    """Makes trials of what the search suggests."""

    def __init__(
        self, store: RunWriter, board: Board, suggest: Suggest, prior: Sequence[Trial],
        *, exhausted: bool,
    ) -> None:  # fmt: skip
        """Prepare to ask.

        Args:
            store: The run's database.
            board: Its trials.
            suggest: The search.
            prior: Trials of earlier runs that the search starts from.
            exhausted: Whether the search has said earlier that nothing more comes.
        """
        self._store, self._board = store, board
        self._foresight = Foresight(suggest, prior)
        self.exhausted = exhausted

    def new_trials(self, experiment: Experiment, count: int) -> list[TrialRecord]:
        """Return so many new trials, committed; fewer when the search is exhausted.

        Raises:
            SearchError: The search failed.
        """
        board = self._board
        try:
            proposal = self._foresight.propose(experiment, board, count)
        except ValueError as error:
            raise SearchError(str(error)) from error
        if not proposal.suggestions and not proposal.exhausted and not board.tally.active:
            raise SearchError("the search suggests nothing although no trial runs")
        self.exhausted = proposal.exhausted
        return self._add(experiment, proposal.suggestions)

    def _add(self, experiment: Experiment, suggestions: Sequence[Suggestion]) -> list[TrialRecord]:
        """Commit new trials; numbers that another process has taken meanwhile are left to it."""
        while True:
            first = self._board.tally.total
            records = [
                self._record(experiment, first + index, suggestion)
                for index, suggestion in enumerate(suggestions)
            ]
            try:
                self._board.add(records, search_exhausted=self.exhausted)
            except sqlite3.IntegrityError:
                self._board.adopt(self._store.trials(first))
            else:
                return records

    def _record(self, experiment: Experiment, number: int, suggestion: Suggestion) -> TrialRecord:
        taken = self._board.names
        if suggestion.name in taken:
            raise SearchError(f"the search named two trials {suggestion.name!r}")
        seed = experiment.spec.algorithm.settings.get("random_state", "")
        name = suggestion.name or trial_name(experiment.name, seed, number, taken)
        trial = Trial(
            name, dict(suggestion.assignments), TrialCondition.CREATED,
            labels=dict(suggestion.labels),
        )  # fmt: skip
        return TrialRecord(trial, number)
