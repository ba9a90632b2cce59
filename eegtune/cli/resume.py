"""`eegtune resume RUN`: start new trials again after `eegtune pause`."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import change_run, run_argument


@click.command("resume")
@run_argument
def command(run: Path) -> None:
    """Start new trials in the run in RUN again."""
    with told_to_the_user(), change_run(run) as store:
        from eegtune.execution.changes import pause
        from eegtune.execution.lock import is_running

        pause(store, False)
        if is_running(store.folder.lock):
            click.echo("new trials start again")
        else:
            click.echo("no process runs this Experiment: give `eegtune run` again")
