"""`eegtune summarize NAME`: what an Experiment on a cluster has found, into S3 and a ConfigMap."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import ExitCode, fail
from eegtune.cli.on_katib import cluster_errors_told, open_place, place_options

if TYPE_CHECKING:
    from eegtune.cluster.katib.client.follow import Place
    from eegtune.execution.records import RunState


@click.command("summarize")
@click.argument("name")
@place_options
@click.option("--wait", "waits", is_flag=True, help="Wait for the Experiment's end first.")
@click.option("--to", "destination", metavar="S3", help="Put all of it at s3://bucket/prefix.")
@click.option("--dir", "folder", type=click.Path(path_type=Path),
              help="The run's folder, or where results are kept; default runs/NAME.")  # fmt: skip
@click.option("--config-map/--no-config-map", "says", default=True, show_default=True,
              help="Write the headline into ConfigMap NAME-summary.")  # fmt: skip
def command(
    name: str,
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    waits: bool,
    destination: str | None,
    folder: Path | None,
    says: bool,
) -> None:
    """Collect what Experiment NAME has found: report, best.yaml, tables, provenance, headline.

    NAME is an Experiment of Katib, or one whose trials ran as Jobs, with its folder. It may be
    run again at any time: what is there in the same form is left alone. It also exits with 0
    where the Experiment failed; the headline says so.
    """
    with cluster_errors_told():
        address = db_manager or _nearby(katib_namespace)
        place = open_place(namespace, context, katib_namespace, address)
        target = folder or Path("runs") / name
        state = _gather(place, name, target, waits)
        from eegtune.report import write_report

        for note in write_report(target, is_run=False).notes:
            click.echo(f"eegtune: {note}", err=True)
        stored = _store(target, destination) if destination else ""
        entries = _headline(target, state, stored)
        if says:
            from eegtune.cluster.summary.headline import config_map

            place.kube.put_config_map(place.namespace, config_map(name, place.namespace, entries))
    for key in ("condition", "message", "trials", "best-trial", "best-value", "stored"):
        if key in entries:
            click.echo(f"{key}: {entries[key]}")


def _nearby(katib_namespace: str) -> str | None:
    """Return the DB manager's address as a pod of the same cluster reaches it."""
    if "KUBERNETES_SERVICE_HOST" not in os.environ:
        return None
    return f"katib-db-manager.{katib_namespace}:6789"


def _gather(place: Place, name: str, folder: Path, waits: bool) -> RunState:
    from eegtune.cli.interrupts import interruptible
    from eegtune.cluster.summary.gathering import gather

    with interruptible() as interruption:
        return gather(place, name, folder, waits=waits,
                      is_told_to_stop=lambda: interruption.signal is not None)  # fmt: skip


def _store(folder: Path, text: str) -> str:
    from eegtune.cluster.summary.gathering import files_of
    from eegtune.cluster.summary.storage import (
        StorageError,
        connect,
        parse_destination,
        put_files,
    )

    destination = parse_destination(text)
    files = files_of(folder)
    try:
        new = put_files(connect(), destination, files)
    except StorageError as error:
        fail(str(error), ExitCode.FAILED)
    click.echo(f"{destination}: {len(files)} files, {len(new)} of them new or changed")
    return str(destination)


def _headline(folder: Path, state: RunState, stored: str) -> dict[str, str]:
    from eegtune.cluster.summary.headline import headline
    from eegtune.execution.store import RunStore

    with RunStore.open(folder) as store:
        return headline(store.experiment, state, list(store.trials()), stored)
