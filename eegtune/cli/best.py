"""`eegtune best RUN`: show the best configuration of a run."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import find_run, format_option, open_run, print_json, run_argument


@click.command("best")
@run_argument
@click.option(
    "-n",
    "--n",
    "count",
    type=click.IntRange(1),
    help="How many, the best first; by default one, of several objectives the Pareto front.",
)
@click.option(
    "--prefer",
    metavar="LIMITS",
    help="The best of those that keep limits on metrics, e.g. 'latency_ms<20; memory_mb<100'.",
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    help="Write the configuration to a file, too, as best.yaml of a report has it.",
)
@format_option("text", "json")
def command(
    run: Path, count: int | None, prefer: str | None, file: Path | None, output: str
) -> None:
    """Show the best configuration of the run in the folder RUN, or the best few.

    Configurations that were evaluated again count with all their results, so it is not always
    the one with the luckiest trial. As JSON this is one row as `eegtune trials` prints it, or a
    list of rows with --n and for several objectives; --prefer chooses one of these.
    """  # fmt: skip
    with told_to_the_user(), open_run(run) as store:
        from eegtune.cli.ending import print_best, print_reason
        from eegtune.cli.trial_table import print_trials
        from eegtune.execution.best import chosen_trials
        from eegtune.execution.preferred import preferred_trials
        from eegtune.execution.summary import summarize_trial

        records = {record.name: record for record in store.trials()}
        trials = [record.trial for record in records.values()]
        kept = trials if prefer is None else preferred_trials(store.experiment, trials, prefer)
        if prefer is not None and count is None:
            count = 1
        best = [records[each.name] for each in chosen_trials(store.experiment, kept, count)]
        if not best:
            fail(f"{run}: no trial has a result yet", ExitCode.FAILED)
        if file is not None:
            from eegtune.report.exports.files import write_best

            write_best(find_run(run), best[0].name, file)
        if output == "json":
            rows = [summarize_trial(record) for record in best]
            is_one = count == 1 or (count is None and len(rows) == 1)
            print_json(rows[0] if is_one else rows)
            return
        if len(best) > 1 and count is None:
            click.echo(f"{len(best)} configurations, none of which is better in every objective:")
        if len(best) == 1:
            print_best(store.experiment, best[0])
        else:
            print_trials(store.experiment, best)
        if prefer is None:
            print_reason(store.experiment, trials, best[0].trial)
