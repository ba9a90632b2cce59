"""`eegtune best RUN`: show the best configuration of a run."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument


@click.command("best")
@run_argument
@click.option(
    "-n",
    "--n",
    "count",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many, the best first.",
)
@format_option("text", "json")
def command(run: Path, count: int, output: str) -> None:
    """Show the best trial of the run in the folder RUN, or the best few.

    As JSON this is one row as `eegtune trials` prints it, or a list of rows with --n.
    """  # fmt: skip
    with told_to_the_user(), open_run(run) as store:
        from eegtune.cli.ending import print_best
        from eegtune.execution.best import best_trials
        from eegtune.execution.summary import summarize_trial

        records = {record.name: record for record in store.trials()}
        trials = [record.trial for record in records.values()]
        best = [records[each.name] for each in best_trials(store.experiment, trials, count)]
        if not best:
            fail(f"{run}: no trial has a result yet", ExitCode.FAILED)
        if output == "json":
            rows = [summarize_trial(record) for record in best]
            print_json(rows[0] if count == 1 else rows)
            return
        for record in best:
            print_best(store.experiment, record)
