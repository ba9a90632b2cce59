"""`eegtune delete NAME`: delete an Experiment from a cluster with Katib."""

from __future__ import annotations

import click

from eegtune.cli.on_katib import cluster_errors_told, open_place, place_options


@click.command("delete")
@click.argument("names", nargs=-1, required=True)
@place_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def command(
    names: tuple[str, ...],
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    yes: bool,
) -> None:
    """Delete Experiments NAMES with their trials and metrics; running trials are ended.

    `eegtune watch NAME --once` keeps the results here first.
    """
    from eegtune.cluster.katib.client.follow import delete

    with cluster_errors_told():
        place = open_place(namespace, context, katib_namespace, db_manager)
        for name in names:
            if not yes:
                click.confirm(f"Delete {namespace}/{name} with all its trials?", abort=True)
            delete(place, name)
            click.echo(f"{namespace}/{name} is deleted")
