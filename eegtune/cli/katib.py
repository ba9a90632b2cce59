"""`eegtune katib …`: Experiments on a cluster with Katib."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli import delete, stop, submit, watch
from eegtune.cli.on_katib import place_options
from eegtune.cli.scale import change_on_katib


@click.group("katib")
def command() -> None:
    """Submit, follow, scale, stop and delete Experiments on a cluster with Katib."""


command.add_command(submit.command)
command.add_command(watch.command)
command.add_command(stop.command)
command.add_command(delete.command)


@command.command()
@click.argument("name")
@place_options
@click.option("--parallel", type=click.IntRange(1), help="How many trials at once.")
@click.option("--max-trials", type=click.IntRange(1), help="How many trials in all.")
@click.option("--max-failed", type=click.IntRange(0), help="How many may fail.")
def scale(
    name: str,
    namespace: str,
    context: str | None,
    katib_namespace: str,
    db_manager: str | None,
    parallel: int | None,
    max_trials: int | None,
    max_failed: int | None,
) -> None:
    """Change the counts of Experiment NAME while it runs."""
    if parallel is None and max_trials is None and max_failed is None:
        raise click.UsageError("give --parallel, --max-trials or --max-failed")
    change_on_katib(name, namespace, context, (parallel, max_trials, max_failed))


@command.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("-n", "--namespace", default="kubeflow", show_default=True,
              help="Where the UI looks for templates.")  # fmt: skip
def templates(files: tuple[Path, ...], namespace: str) -> None:
    """Print a ConfigMap that makes the Katib UI's form offer the templates of FILES."""
    from eegtune.cli.errors import told_to_the_user
    from eegtune.cluster.katib.trial_templates import trial_templates

    with told_to_the_user():
        click.echo(trial_templates(files, namespace), nl=False)
