"""`eegtune fsck RUN`: check a run's folder."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, told_to_the_user
from eegtune.cli.runs import change_run, find_run, run_argument


@click.command("fsck")
@run_argument
@click.option("--mend", is_flag=True, help="Mend what can be mended without losing anything.")
@click.pass_context
def command(context: click.Context, run: Path, mend: bool) -> None:
    """Check the run in the folder RUN, which nobody may be running.

    Exits with 0 when all is well or mended, else with 1.
    """
    with told_to_the_user():
        from eegtune.execution.fsck import check_run
        from eegtune.execution.lock import RunLock
        from eegtune.execution.run_folder import RunFolder

        folder = find_run(run)
        with change_run(folder) as store, RunLock(RunFolder(folder).lock):
            problems = check_run(store, mend=mend)
            count = len(store.trials()) if not problems else 0
    for problem in problems:
        click.echo(f"{problem.what} ({'mended' if problem.is_mended else 'remedy'}: "
                   f"{problem.remedy})")  # fmt: skip
    if not problems:
        click.echo(f"{folder}: {count} trials, all is well")
    left = [problem for problem in problems if not problem.is_mended]
    context.exit(int(ExitCode.FAILED) if left else int(ExitCode.DONE))
