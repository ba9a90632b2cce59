"""`eegtune rm RUN`: delete a run."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import find_run, run_argument


@click.command("rm")
@run_argument
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(run: Path, yes: bool) -> None:
    """Delete the run in the folder RUN with its logs, checkpoints and report."""
    with told_to_the_user():
        import shutil

        from eegtune.execution.checkpoint_cleanup import clean_up
        from eegtune.execution.lock import RunLock
        from eegtune.execution.store import RunStore

        folder = find_run(run)
        with RunStore.open(folder) as store:
            count = len(store.trials())
        if not yes:
            click.confirm(f"Delete {folder} with {count} trials?", abort=True)
        with RunLock(folder / "run.lock"):  # not while it is running
            with RunStore.open(folder) as store:
                problem = clean_up(store, ()).problem
            if problem:  # in S3; the run's folder would be the only trace of them
                fail(f"{problem}; {folder} is kept", ExitCode.FAILED)
            shutil.rmtree(folder)
        click.echo(f"{folder} is deleted")
