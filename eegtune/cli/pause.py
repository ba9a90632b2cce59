"""`eegtune pause RUN` and `eegtune resume RUN`: start no new trials for a while."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import change_run, run_argument


@click.command("pause")
@run_argument
def command(run: Path) -> None:
    """Start no new trials in the run in RUN; those that run go on to their end."""
    with told_to_the_user(), change_run(run) as store:
        from eegtune.execution.changes import pause

        pause(store, True)
        click.echo(f"no new trials; go on with `eegtune resume {run}`")
