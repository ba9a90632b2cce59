"""`eegtune submit FILE`: check an Experiment against a cluster with Katib, and apply it there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.on_katib import (
    cluster_errors_told,
    conclude,
    folder_option,
    open_place,
    place_options,
    watch,
)

if TYPE_CHECKING:
    from eegtune.cluster.katib.client.follow import Place
    from eegtune.spec import Experiment


@click.command("submit")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@place_options
@click.option("--anyway", is_flag=True, help="Apply it although something is in its way.")
@click.option("--watch", "follows", is_flag=True, help="Follow it, pull its results, report.")
@folder_option
def command(
    files: tuple[Path, ...],
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    anyway: bool,
    follows: bool,
    folder: Path | None,
) -> None:
    """Check the Experiments of FILES against a cluster with Katib, and apply them there.

    Exit codes: 0 done, 1 something is in the way or the Experiment failed, 2 wrong input.
    """
    from eegtune.spec import load_experiment

    with cluster_errors_told():
        experiments = [load_experiment(file) for file in files]
        if len(experiments) > 1 and (follows or folder):
            raise ValueError(
                "--watch and --dir follow one Experiment; use `eegtune watch` on each"
            )
        place = open_place(namespace, context, katib_namespace, db_manager)
        for experiment in experiments:
            apply_one(place, experiment, anyway=anyway)
        if follows:
            target = folder or Path("runs") / experiments[0].name
            state = watch(place, experiments[0].name, target, quiet=False, once=False)
            raise SystemExit(conclude(state, experiments[0].name, target))


def apply_one(place: Place, experiment: Experiment, *, anyway: bool) -> None:
    """Say what is in an Experiment's way, and apply it where nothing is."""
    from eegtune.cluster.katib.client.follow import apply, obstacles

    found = obstacles(place, experiment)
    for obstacle in found:
        click.echo(f"{'error' if obstacle.stops else 'note'}: {obstacle.message}", err=True)
    if any(obstacle.stops for obstacle in found) and not anyway:
        raise SystemExit(1)
    apply(place, experiment)
    click.echo(
        f"{place.namespace}/{experiment.name} is applied; "
        f"eegtune watch {experiment.name} -n {place.namespace} follows it"
    )
