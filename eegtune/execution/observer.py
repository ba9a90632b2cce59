"""Who wants to know what the loop does: progress on a terminal, plain lines, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from eegtune.execution.board import Board
from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import Report
from eegtune.spec.experiment import Experiment


class Observer(Protocol):
    """Hears of every transition, after it has been committed."""

    def begun(self, experiment: Experiment, board: Board) -> None:
        """The loop begins; the board stays the loop's own."""

    def starting(self, record: TrialRecord) -> None:
        """A trial has been handed to the runner."""

    def started(self, record: TrialRecord) -> None:
        """A trial's process runs."""

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """A trial has reported metrics."""

    def ended(self, record: TrialRecord) -> None:
        """A trial has ended, or waits to be run again."""

    def changed(self, experiment: Experiment) -> None:
        """Another process may have changed the run (its counts, a pause, a trial added)."""

    def stopping(self, why: str, running: int) -> None:
        """The loop stops and waits for trials to end."""


class Silence:
    """An observer that says nothing."""

    def begun(self, experiment: Experiment, board: Board) -> None:
        """Say nothing."""

    def starting(self, record: TrialRecord) -> None:
        """Say nothing."""

    def started(self, record: TrialRecord) -> None:
        """Say nothing."""

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """Say nothing."""

    def ended(self, record: TrialRecord) -> None:
        """Say nothing."""

    def changed(self, experiment: Experiment) -> None:
        """Say nothing."""

    def stopping(self, why: str, running: int) -> None:
        """Say nothing."""
