"""`eegtune watch NAME`: follow an Experiment on Katib as if it ran here."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.on_katib import (
    cluster_errors_told,
    conclude,
    folder_option,
    open_place,
    place_options,
    watch,
)


@click.command("watch")
@click.argument("name")
@place_options
@folder_option
@click.option("--once", is_flag=True, help="Pull what there is now, and do not wait for the end.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def command(
    name: str,
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    folder: Path | None,
    once: bool,
    quiet: bool,
) -> None:
    """Follow Experiment NAME on Katib, keep its results in a folder here, and report.

    Ctrl-C ends the watching, not the Experiment; the same command goes on with it.
    """
    with cluster_errors_told():
        place = open_place(namespace, context, katib_namespace, db_manager)
        target = folder or Path("runs") / name
        state = watch(place, name, target, quiet=quiet, once=once)
        raise SystemExit(conclude(state, name, target))
