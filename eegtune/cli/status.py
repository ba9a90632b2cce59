"""`eegtune status RUN`: say how a run stands, also while it runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument

if TYPE_CHECKING:
    from eegtune.execution.store import RunStore

_SECONDS_BETWEEN_LOOKS = 2.0


@click.command("status")
@run_argument
@format_option("text", "json")
@click.option("--watch", "-w", is_flag=True, help="Say it again every two seconds until it ends.")
def command(run: Path, output: str, watch: bool) -> None:
    """Say how the run in the folder RUN stands; it may be running."""
    with told_to_the_user(), open_run(run) as store:
        from eegtune.execution.summary import summarize_run

        while True:
            summary = summarize_run(store)
            if watch and output == "text":
                click.clear()
            if output == "json":
                print_json(summary)
            else:
                _print(summary, store)
            if not watch or not summary["alive"]:
                return
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _print(summary: dict[str, Any], store: RunStore) -> None:
    from eegtune.cli.ending import print_best

    click.echo(f"{click.style(summary['name'], bold=True)}: {_condition(summary)}")
    most = summary["max_trials"]
    counts = ", ".join(f"{count} {status}" for status, count in summary["trials"].items())
    total = sum(summary["trials"].values())
    click.echo(f"Trials: {total}" + (f" of {most}" if most else "") + f" ({counts or 'none'})")
    if summary["best"] is not None:
        print_best(store.experiment, store.trial(summary["best"]["name"]))


def _condition(summary: dict[str, Any]) -> str:
    if summary["status"] != "Running":
        return f"{summary['status']}, {summary['message']} ({summary['reason']})"
    return "Running" if summary["alive"] else "interrupted; give `eegtune run` again to go on"
