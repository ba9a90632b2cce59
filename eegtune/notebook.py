"""Progress in a notebook: one table below the cell, drawn anew as trials report and end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from typing import Any

from eegtune.cli.text import format_duration, format_number, format_parameter
from eegtune.execution.board import Board
from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import Report, finite_number
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition

_ROWS = 12
_SECONDS_BETWEEN = 0.25  # a browser that is told of every report of fast trials falls behind


def is_notebook() -> bool:
    """Say whether this runs in a notebook's kernel, which shows HTML."""
    interactive = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return interactive is not None and hasattr(interactive(), "kernel")


class NotebookProgress(Silence):
    """Shows counts, the best so far and the newest trials; keeps one output of the cell."""

    def __init__(self) -> None:
        self._experiment: Experiment | None = None
        self._board: Board | None = None
        self._values: dict[str, float] = {}  # the newest of trials that run
        self._note = ""
        self._shown_at = 0.0
        self._output: Any = None

    def begun(self, experiment: Experiment, board: Board) -> None:
        """Show the table, empty as yet or with what an earlier call has left."""
        self._experiment, self._board = experiment, board
        self._show()

    def changed(self, experiment: Experiment) -> None:
        """Show the new counts."""
        self._experiment = experiment
        self._show()

    def started(self, record: TrialRecord) -> None:
        """Show a trial among the others."""
        self._note = ""
        self._show(at_once=False)

    def waits(self, trial: str, why: str) -> None:
        """Note why a trial waits for the cluster; called from threads, so it shows nothing."""
        self._note = f"{trial} waits: {why}"

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """Show the newest value of a trial that runs."""
        if self._experiment is None:
            return
        metric = self._experiment.spec.objective.objective_metric_name
        for report in reports:
            value = finite_number(report.text)
            if report.name == metric and value is not None:
                self._values[record.name] = value
        self._show(at_once=False)

    def ended(self, record: TrialRecord) -> None:
        """Show how a trial ended; the last one's end is always shown."""
        self._values.pop(record.name, None)
        most = self._experiment.spec.max_trial_count if self._experiment else None
        done = self._board.tally.completed if self._board else 0
        self._show(at_once=most is not None and done >= most)

    def stopping(self, why: str, running: int) -> None:
        """Say that trials are being stopped."""
        self._note = f"stopping {running} trial{'s' if running > 1 else ''}: {why}"
        self._show()

    def close(self) -> None:
        """Show how it all ended."""
        self._note = ""
        self._show()

    def _show(self, *, at_once: bool = True) -> None:
        if self._experiment is None or self._board is None:
            return
        now = time.monotonic()
        if not at_once and now - self._shown_at < _SECONDS_BETWEEN:
            return
        self._shown_at = now
        display: Any = import_module("IPython.display")
        page = display.HTML(table_of(self._experiment, self._board, self._values, self._note))
        if self._output is None:
            self._output = display.display(page, display_id=True)
        else:
            self._output.update(page)


def table_of(
    experiment: Experiment, board: Board, values: dict[str, float], note: str = ""
) -> str:
    """Return counts, the best trial and the newest ones as HTML.

    Args:
        experiment: What is run.
        board: Its trials.
        values: The newest value of trials that run, by name.
        note: Something to say below.
    """
    spec = experiment.spec
    most = f" of {spec.max_trial_count}" if spec.max_trial_count is not None else ""
    failed = f", {board.tally.failed} failed" if board.tally.failed else ""
    best = "no result yet" if board.best_value is None else (
        f"best {spec.objective.objective_metric_name} {format_number(board.best_value)}"
    )  # fmt: skip
    head = (
        f"<b>{escape(experiment.name)}</b>: {escape(spec.algorithm.algorithm_name)}, "
        f"{board.tally.completed}{most} trials done{failed}, {escape(best)}"
    )
    names = [parameter.name for parameter in spec.parameters]
    titles = ["trial", "status", spec.objective.objective_metric_name, *names, "time"]
    rows = "".join(_rows(experiment, board, values, names))
    columns = "".join(f"<th>{escape(title)}</th>" for title in titles)
    below = f"<p>{escape(note)}</p>" if note else ""
    return f"{head}<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>{below}"


def _rows(
    experiment: Experiment, board: Board, values: dict[str, float], names: Sequence[str]
) -> Iterator[str]:
    """Yield the best trial's row, then those of the newest, each once."""
    newest = [r for r in reversed(board.records()) if r.condition is not TrialCondition.CREATED]
    best = board.best
    shown = ([best] if best else []) + [r for r in newest if best is None or r.name != best.name]
    for record in shown[:_ROWS]:
        is_best = best is not None and record.name == best.name
        cells = _cells(experiment, record, values.get(record.name), names)
        weight = ' style="font-weight:bold"' if is_best else ""
        yield f"<tr{weight}>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    if len(shown) > _ROWS:
        yield f'<tr><td colspan="{len(names) + 4}">and {len(shown) - _ROWS} more</td></tr>'


def _cells(
    experiment: Experiment, record: TrialRecord, running: float | None, names: Sequence[str]
) -> list[str]:
    metric = experiment.spec.objective.objective_metric_name
    value = record.trial.metrics.get(metric, running)
    seconds = record.duration_seconds
    given = record.trial.assignments
    return [
        record.name.removeprefix(f"{experiment.name}-"),
        str(record.condition),
        "" if value is None else format_number(value),
        *(format_parameter(given[name]) if name in given else "" for name in names),
        "" if seconds is None else format_duration(seconds),
    ]
