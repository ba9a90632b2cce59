"""`eegtune reproduce RUN`: run trials again and compare, bit by bit."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, told_to_the_user
from eegtune.cli.runs import find_run, print_json, run_argument


@click.command("reproduce")
@run_argument
@click.option(
    "--trial", "trials", multiple=True, metavar="N",
    help="A trial's number or name; the best one by default; may be repeated.",
)  # fmt: skip
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path),
    help="Where the new trials are kept; a new folder RUN/reproduced/… by default.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.pass_context
def command(
    context: click.Context, run: Path, trials: tuple[str, ...], folder: Path | None, as_json: bool
) -> None:
    """Run trials of the run in RUN again, as they were, and compare everything they report.

    Exit codes: 0 every value is the same, 1 one is not, 2 wrong input.
    """  # fmt: skip
    with told_to_the_user():
        from eegtune.report.reproduction import reproduce

        found = reproduce(find_run(run), trials, folder)
        if as_json:
            print_json([each.to_json() for each in found])
        else:
            for each in found:
                click.echo(each.text())
    context.exit(int(ExitCode.DONE if all(each.is_same for each in found) else ExitCode.FAILED))
