"""`eegtune diff RUN TRIAL TRIAL`: what two trials differ in."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument


@click.command("diff")
@run_argument
@click.argument("one")
@click.argument("other")
@format_option("table", "json")
def command(run: Path, one: str, other: str, output: str) -> None:
    """Show the parameters and metrics in which two trials of the run in RUN differ."""
    with told_to_the_user(), open_run(run) as store:
        from eegtune.execution.summary import difference_of, find_trial

        records = store.trials()
        left, right = find_trial(records, one), find_trial(records, other)
        rows = difference_of(left, right)
        if output == "json":
            print_json(rows)
            return
        shown = [("", left.name, right.name)]
        shown += [(row["name"], _text(row["one"]), _text(row["other"])) for row in rows]
        widths = [max(len(cells[column]) for cells in shown) for column in (0, 1)]
        for name, before, after in shown:
            click.echo(f"{name.ljust(widths[0])}  {before.ljust(widths[1])}  {after}")


def _text(value: object) -> str:
    from eegtune.cli.text import format_parameter

    return "–" if value is None else format_parameter(str(value))
