"""`eegtune stop NAME`: end an Experiment on Katib now, and keep what it has found."""

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


@click.command("stop")
@click.argument("name")
@place_options
@folder_option
def command(
    name: str,
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    folder: Path | None,
) -> None:
    """End Experiment NAME now: keep its results here, then delete it with its running trials.

    Katib itself cannot stop an Experiment: its counts cannot go below what has been made. A run
    on this machine is ended by Ctrl-C.
    """
    from eegtune.cluster.katib.client.follow import delete

    with cluster_errors_told():
        place = open_place(namespace, context, katib_namespace, db_manager)
        target = folder or Path("runs") / name
        state = watch(place, name, target, quiet=True, once=True)
        delete(place, name)
        conclude(state, name, target)
