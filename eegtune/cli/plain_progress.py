"""Progress as lines, for logs and pipes: one a trial."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import click

from eegtune.cli.text import format_duration, format_number
from eegtune.execution.board import Board
from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import Report
from eegtune.spec.experiment import Experiment


class PlainProgress(Silence):
    """Prints a line when a trial ends."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._experiment: Experiment | None = None

    def begun(self, experiment: Experiment, board: Board) -> None:
        """Say what runs."""
        self._experiment, self._board = experiment, board
        spec = experiment.spec
        most = spec.max_trial_count if spec.max_trial_count is not None else "any number of"
        done = board.tally.completed
        _say(
            f"{experiment.name}: {spec.algorithm.algorithm_name}, {most} trials, "
            f"{spec.parallel_trial_count} at once" + (f"; {done} are done" if done else "")
        )

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """Say nothing."""

    def ended(self, record: TrialRecord) -> None:
        """Say how a trial ended."""
        if self._board is None or self._experiment is None:
            return
        most = self._experiment.spec.max_trial_count
        count = f"{self._board.tally.completed}" + (f"/{most}" if most is not None else "")
        metric = self._experiment.spec.objective.objective_metric_name
        parts = [f"[{count}]", record.name, str(record.condition)]
        value = record.trial.metrics.get(metric)
        if value is not None:
            is_best = self._board.best is not None and self._board.best.number == record.number
            parts.append(
                f"{metric} {format_number(value)}" + (" (best so far)" if is_best else "")
            )
        if record.duration_seconds is not None:
            parts.append(format_duration(record.duration_seconds))
        if record.message:
            parts.append(record.message.splitlines()[0])
        _say("  ".join(parts))

    def stopping(self, why: str, running: int) -> None:
        """Say that trials are being stopped."""
        _say(f"stopping {running} trial{'s' if running > 1 else ''}: {why}")


def _say(line: str) -> None:
    """Print a line; the run goes on when nobody reads any more."""
    with contextlib.suppress(OSError):
        click.echo(line)
