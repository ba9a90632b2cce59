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
            from eegtune.cli.trial_table import print_trials

            print_trials(store.experiment, records)


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
