"""Progress on a terminal: what is done, what runs, the best so far, how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from eegtune.cli.text import format_duration, format_number, format_parameter
from eegtune.execution.board import Board
from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import Report, finite_number
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition

_REFRESHES_PER_SECOND = 8
_MOST_RUNNING_SHOWN = 8
_CURVE_WIDTH = 16
_RECENT_TRIALS = 32
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class _Running:
    """A trial that runs, as it is shown."""

    record: TrialRecord
    since: float
    values: deque[float] = field(default_factory=lambda: deque(maxlen=_CURVE_WIDTH))
    reports: int = 0


class LiveProgress(Silence):
    """Draws and redraws a few lines at the bottom of the terminal."""

    def __init__(self, folder: Path, console: Console | None = None) -> None:
        self._folder = folder
        self._console = console or Console(highlight=False)
        self._experiment: Experiment | None = None
        self._board: Board | None = None
        self._running: dict[str, _Running] = {}
        self._begun = time.monotonic()
        self._done_before = 0
        self._has_started = False
        self._ends: deque[float] = deque([self._begun], maxlen=_RECENT_TRIALS)
        self._note = "preparing …"
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def begun(self, experiment: Experiment, board: Board) -> None:
        """Start counting."""
        self._experiment, self._board = experiment, board
        self._done_before = board.tally.completed

    def changed(self, experiment: Experiment) -> None:
        """Show the new counts."""
        self._experiment = experiment

    def starting(self, record: TrialRecord) -> None:
        """Say that nothing runs yet, where that is so: the first import takes seconds."""
        if not self._running:
            self._note = "importing what trials need …"

    def started(self, record: TrialRecord) -> None:
        """Show a trial among those that run."""
        self._note = ""
        if not self._has_started:  # the time before, of imports, says nothing about the trials
            self._has_started = True
            self._ends = deque([time.monotonic()], maxlen=_RECENT_TRIALS)
        self._running[record.name] = _Running(record, time.monotonic())

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """Show what a trial reports."""
        running = self._running.get(record.name)
        if running is None or self._experiment is None:
            return
        metric = self._experiment.spec.objective.objective_metric_name
        for report in reports:
            value = finite_number(report.text)
            if report.name == metric and value is not None:
                running.values.append(value)
                running.reports += 1

    def ended(self, record: TrialRecord) -> None:
        """Drop a trial from those that run; say above the display why it failed."""
        self._running.pop(record.name, None)
        self._ends.append(time.monotonic())
        if record.condition in (TrialCondition.FAILED, TrialCondition.METRICS_UNAVAILABLE):
            why = (record.message or record.reason).splitlines()[0]
            self._console.print(
                Text.assemble((f"{record.condition}  ", "red"), (record.name, "bold"), f"  {why}")
            )

    def stopping(self, why: str, running: int) -> None:
        """Say that trials are being stopped."""
        trials = "1 trial" if running == 1 else f"{running} trials"
        self._note = f"stopping {trials}: {why}; Ctrl-C again to kill"

    def _draw(self) -> RenderableType:
        if self._experiment is None or self._board is None:
            return Text(f" {self._note}", style="dim")
        parts: list[RenderableType] = [self._title(), self._bar(), *self._best()]
        parts.append(self._table())
        if self._note:
            parts.append(Text(f" {self._note}", style="yellow"))
        return Group(*parts)

    def _title(self) -> Text:
        assert self._experiment is not None
        spec = self._experiment.spec
        return Text.assemble(
            "\n ", (self._experiment.name, "bold cyan"), f"  {spec.algorithm.algorithm_name}",
            (f"  {spec.parallel_trial_count} at once  {self._folder}", "dim"),
        )  # fmt: skip

    def _bar(self) -> RenderableType:
        assert self._experiment is not None
        assert self._board is not None
        tally, most = self._board.tally, self._experiment.spec.max_trial_count
        numbers = Text.assemble(
            (f"{tally.completed}", "bold"), f" of {most} done" if most else " done"
        )
        for count, what, style in (
            (tally[TrialCondition.RUNNING], "running", "cyan"),
            (tally[TrialCondition.EARLY_STOPPED], "stopped early", "yellow"),
            (tally.failed, "failed", "red"),
        ):
            if count:
                numbers.append_text(Text.assemble(" · ", (f"{count} {what}", style)))
        numbers.append_text(Text(f" · {self._times()}", style="dim"))
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=min(32, max(8, self._console.width // 4)))
        grid.add_column()
        bar = ProgressBar(total=most, completed=tally.completed, pulse=most is None)
        grid.add_row(bar, numbers)
        return _indented(grid)

    def _times(self) -> str:
        assert self._experiment is not None
        assert self._board is not None
        passed = format_duration(time.monotonic() - self._begun)
        most, done = self._experiment.spec.max_trial_count, self._board.tally.completed
        ended = len(self._ends) - 1
        if most is None or not ended or done >= most:
            return passed
        seconds_a_trial = (self._ends[-1] - self._ends[0]) / ended
        left = max(0.0, (most - done) * seconds_a_trial - (time.monotonic() - self._ends[-1]))
        return f"{passed}, about {format_duration(left)} left"

    def _best(self) -> list[RenderableType]:
        assert self._experiment is not None
        assert self._board is not None
        best, value = self._board.best, self._board.best_value
        if best is None or value is None:
            return []
        metric = self._experiment.spec.objective.objective_metric_name
        text = Text.assemble(
            ("best ", "dim"), (f"{metric} {format_number(value)}", "bold green"), "  "
        )
        for name, parameter in best.trial.assignments.items():
            text.append_text(Text.assemble((f"{name} ", "dim"), format_parameter(parameter), "  "))
        return [_indented(text)]

    def _table(self) -> RenderableType:
        assert self._experiment is not None
        grid = Table.grid(padding=(0, 2))
        metric = self._experiment.spec.objective.objective_metric_name
        running = list(self._running.values())
        for each in running[:_MOST_RUNNING_SHOWN]:
            values = list(each.values)
            shown = f"{metric} {format_number(values[-1])}" if values else ""
            short = each.record.name.removeprefix(f"{self._experiment.name}-")
            grid.add_row(
                Text(short, style="cyan"),
                Text(format_duration(time.monotonic() - each.since), style="dim"),
                Text(shown),
                Text(sparkline(values), style="green"),
                Text(f"{each.reports} reports" if each.reports > 1 else "", style="dim"),
            )
        if len(running) > _MOST_RUNNING_SHOWN:
            grid.add_row(Text(f"and {len(running) - _MOST_RUNNING_SHOWN} more", style="dim"))
        return _indented(grid)


def sparkline(values: Sequence[float]) -> str:
    """Draw a curve with one character a value.

    >>> sparkline([0.0, 0.5, 1.0])
    '▁▅█'
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def _indented(content: RenderableType) -> RenderableType:
    from rich.padding import Padding

    return Padding(content, (0, 0, 0, 1))
