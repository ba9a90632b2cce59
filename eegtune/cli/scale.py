"""`eegtune scale RUN`: change the counts of a run, also while it runs."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import change_run, run_argument


@click.command("scale")
@run_argument
@click.option("--parallel", type=int, metavar="N", help="parallelTrialCount.")
@click.option("--max-trials", type=int, metavar="N", help="maxTrialCount.")
@click.option("--max-failed", type=int, metavar="N", help="maxFailedTrialCount.")
def command(
    run: Path, parallel: int | None, max_trials: int | None, max_failed: int | None
) -> None:
    """Change how many trials the run in RUN makes, at once and in all.

    A process that runs it follows within a moment. A run that has ended goes on with
    `eegtune run`.
    """
    given = {
        "parallel_trial_count": parallel,
        "max_trial_count": max_trials,
        "max_failed_trial_count": max_failed,
    }
    counts = {name: count for name, count in given.items() if count is not None}
    if not counts:
        raise click.UsageError("give --parallel, --max-trials or --max-failed")
    with told_to_the_user(), change_run(run) as store:
        from eegtune.execution.changes import counts_of, scale

        spec = scale(store, counts).spec
        now = counts_of(spec).values()
        click.echo("at once {}, in all {}, failed at most {}".format(
            *("any number" if count is None else count for count in now)
        ))  # fmt: skip
