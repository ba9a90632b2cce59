"""`eegtune ls [FOLDER]`: list runs."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import DEFAULT_PARENT, format_option, print_json


@click.command("ls")
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_PARENT)
@format_option("table", "json")
def command(folder: Path, output: str) -> None:
    """List the runs below FOLDER (by default `runs`), the newest last."""
    with told_to_the_user():
        from eegtune.execution.store import NoRunError, RunStore
        from eegtune.execution.summary import summarize_run

        rows = []
        for database in folder.glob("*/run.db"):
            try:
                with RunStore.open(database.parent) as store:
                    rows.append(summarize_run(store))
            except NoRunError as error:
                click.echo(f"eegtune: {error}", err=True)
        rows.sort(key=lambda row: row["started"] or "")
        if output == "json":
            print_json(rows)
        else:
            _print(rows)


def _print(rows: list[dict[str, object]]) -> None:
    from rich import box
    from rich.table import Table

    from eegtune.cli.trial_table import console_for_tables

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("run", "experiment", "status", "trials", "best", "started"):
        # On a narrow terminal names go on in the next line; nothing is cut.
        table.add_column(heading, overflow="fold", no_wrap=heading in ("status", "trials"))
    for row in rows:
        table.add_row(*_cells(row))
    console_for_tables().print(table)


def _cells(row: dict[str, object]) -> list[str]:
    from eegtune.cli.text import format_number

    trials, best = row["trials"], row["best"]
    count = sum(trials.values()) if isinstance(trials, dict) else 0
    metrics = best["metrics"] if isinstance(best, dict) else {}
    value = next((f"{name} {format_number(number)}" for name, number in metrics.items()), "")
    stopped = row["status"] == "Running" and not row["alive"]
    status = "interrupted" if stopped else str(row["status"])
    started = str(row["started"] or "")[:16].replace("T", " ")
    return [str(row["folder"]), str(row["name"]), status, str(count), value, started]
