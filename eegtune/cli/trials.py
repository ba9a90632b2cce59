"""`eegtune trials RUN`: list a run's trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eegtune.execution.records import TrialRecord
    from eegtune.spec import Experiment


@click.command("trials")
@run_argument
@format_option("table", "json", "csv", "parquet")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="CONDITION",
    help="Only trials with e.g. status=Failed, val_auroc>0.9; may be repeated.",
)
@click.option(
    "--output", "file", type=click.Path(path_type=Path), help="The file to write (parquet)."
)
def command(run: Path, output: str, filters: tuple[str, ...], file: Path | None) -> None:
    """List the trials of the run in the folder RUN; it may be running.

    A row of the JSON list has name, status (Katib's words), parameters, metrics, started and
    finished.
    """  # fmt: skip
    with told_to_the_user(), open_run(run) as store:
        from eegtune.execution.filters import select
        from eegtune.execution.summary import summarize_trial

        records = select(store.trials(), filters)
        if output == "parquet":
            _write_parquet(store.experiment, records, file)
        elif output == "json":
            print_json([summarize_trial(record) for record in records])
        elif output == "csv":
            _print_csv(store.experiment, records)
        else:
            _print_table(store.experiment, records)


def _print_csv(experiment: Experiment, records: Sequence[TrialRecord]) -> None:
    import csv
    import sys

    from eegtune.execution.summary import summarize_trial

    metrics = experiment.spec.objective.metric_names
    parameters = [parameter.name for parameter in experiment.spec.parameters]
    names = ["name", "status", *metrics, *parameters, "started", "finished"]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for record in records:
        row = summarize_trial(record)
        writer.writerow({**row, **row["parameters"], **row["metrics"]})


def _write_parquet(
    experiment: Experiment, records: Sequence[TrialRecord], file: Path | None
) -> None:
    import pyarrow
    from pyarrow import parquet

    from eegtune.execution.summary import summarize_trial

    if file is None:
        raise ValueError("--format parquet needs --output FILE")
    rows = []
    for record in records:
        row = summarize_trial(record)
        metrics = {name: row["metrics"].get(name) for name in
                   experiment.spec.objective.metric_names}  # fmt: skip
        start = {"name": row["name"], "status": row["status"]}
        times = {"started": row["started"], "finished": row["finished"]}
        rows.append({**start, **row["parameters"], **metrics, **times})
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    click.echo(f"{len(rows)} trials are in {file}")


def _print_table(experiment: Experiment, records: Sequence[TrialRecord]) -> None:
    from rich import box
    from rich.console import Console
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
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_OF_FILES)  # nothing is cut in a pipe
    console.print(table)


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
