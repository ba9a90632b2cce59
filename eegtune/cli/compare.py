"""`eegtune compare RUN RUN…`: runs side by side, and what can be said of their algorithms."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import find_run, format_option, print_json


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option("text", "json")
def command(runs: tuple[Path, ...], output: str) -> None:
    """Compare the runs in the folders RUNS; those of one algorithm count together."""
    with told_to_the_user():
        from eegtune.report.comparison import contrasts, summarize, table

        if len(runs) < 2:
            raise ValueError("name at least two runs")
        found = [summarize(find_run(run)) for run in runs]
        statements = contrasts(found)
        if output == "json":
            rows = [{key: None if value != value else value for key, value in asdict(c).items()}
                    for c in statements]  # fmt: skip
            print_json({"runs": [asdict(each) for each in found], "contrasts": rows})
            return
        rows_of_text = table(found)
        widths = [max(len(row[i]) for row in rows_of_text) for i in range(len(rows_of_text[0]))]
        for row in rows_of_text:
            click.echo(
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            )
        for statement in statements:
            click.echo(statement.text)
        if not statements:
            click.echo("all runs have one algorithm; there is nothing to tell apart")
