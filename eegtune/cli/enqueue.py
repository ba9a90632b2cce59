"""`eegtune enqueue RUN --set NAME=VALUE`: add a trial of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import change_run, run_argument


@click.command("enqueue")
@run_argument
@click.option(
    "--set",
    "values",
    multiple=True,
    required=True,
    metavar="NAME=VALUE",
    help="A parameter's value; may be repeated.",
)
def command(run: Path, values: tuple[str, ...]) -> None:
    """Add a trial to the run in RUN that runs before the search's next one.

    Parameters that are not set are those of the best trial so far. It counts as one of
    maxTrialCount, and the search learns from it.
    """  # fmt: skip
    with told_to_the_user(), change_run(run) as store:
        from eegtune.cli.text import format_parameters
        from eegtune.execution.changes import enqueue

        record = enqueue(store, _pairs(values))
        click.echo(f"{record.name}: {format_parameters(record.trial.assignments)}")


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise ValueError(f"--set {value!r}: expected NAME=VALUE")
        pairs[name] = text
    return pairs
