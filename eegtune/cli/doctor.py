"""`eegtune doctor`: what is wrong with an Experiment in a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("name")
@click.option("-n", "--namespace", default="default", show_default=True, help="Where it is.")
@click.option("--context", help="The kubeconfig's context.  [default: the current one]")
@click.option("--katib-namespace", default="kubeflow", show_default=True, help="Where Katib is.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    name: str, namespace: str, context: str | None, katib_namespace: str, form: str
) -> None:
    """Say what is wrong with Experiment NAME, why, and what to do; exit 1 if anything is."""
    from eegtune.cluster.katib.doctor import examine
    from eegtune.cluster.katib.doctor.collect import collect
    from eegtune.cluster.katib.doctor.words import as_json, as_text
    from eegtune.cluster.katib.kube import Kube, KubeError

    try:
        seen = collect(
            Kube.connect(context), name, namespace, katib_namespace, _of_a_run_here(name)
        )
    except KubeError as error:
        raise click.ClickException(str(error)) from error
    complaints = examine(seen)
    is_json = form == "json"
    click.echo(
        json.dumps(as_json(seen, complaints), indent=2) if is_json else as_text(seen, complaints)
    )
    raise SystemExit(1 if complaints else 0)


def _of_a_run_here(name: str) -> dict[str, Any] | None:
    """Return the Experiment of the run's folder that `eegtune run --on kubernetes` keeps here."""
    import yaml

    try:
        parsed = yaml.safe_load((Path("runs") / name / "experiment.yaml").read_text("utf-8"))
    except (OSError, yaml.YAMLError):
        return None
    return parsed if isinstance(parsed, dict) else None
