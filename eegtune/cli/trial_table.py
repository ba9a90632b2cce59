"""Trials as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from eegtune.execution.records import TrialRecord
    from eegtune.spec import Experiment


def print_trials(experiment: Experiment, records: Sequence[TrialRecord]) -> None:
    """Print a row for each trial, in the order given."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from eegtune.cli.text import format_duration, format_number, format_parameter

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    prefix = f"{experiment.name}-"
    metrics = experiment.spec.objective.metric_names
    for heading in ("trial", "status", "time"):
        table.add_column(heading, no_wrap=True)
    for heading in (*metrics, *(each.name for each in experiment.spec.parameters)):
        table.add_column(heading, justify="right", overflow="fold")
    for record in records:
        trial, seconds = record.trial, record.duration_seconds
        values = [trial.metrics.get(name) for name in metrics]
        texts = [trial.assignments.get(each.name, "") for each in experiment.spec.parameters]
        table.add_row(
            record.name.removeprefix(prefix),
            Text(str(record.condition), style=_STYLES.get(str(record.condition), "")),
            "" if seconds is None else format_duration(seconds),
            *("" if value is None else format_number(value) for value in values),
            *map(format_parameter, texts),
        )
    console_for_tables().print(table)


def console_for_tables() -> Console:
    """Return where tables go; in a pipe nothing is cut."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_FILES)


_WIDTH_OF_FILES = 10_000
_STYLES = {
    "Succeeded": "green",
    "Running": "cyan",
    "Failed": "red",
    "MetricsUnavailable": "red",
    "EarlyStopped": "yellow",
    "Killed": "dim",
    "Created": "dim",
}
