"""`eegtune render FILE`: show what Katib would create for a trial."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click


@click.command("render")
@click.argument("file")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="PARAMETER=VALUE",
    help="A parameter's value; others get the middle of their space.",
)
@click.option(
    "--as-pod",
    is_flag=True,
    help="Show the pod as Katib's webhook rewrites it: wrapped command and collector.",
)
@click.option("--trial-name", default=None, help="Name of the trial; by default NAME-example.")
@click.option("--namespace", default=None, help="By default the Experiment's, else default.")
@click.option(
    "--stop-rule",
    "stop_rules",
    multiple=True,
    metavar="METRIC;VALUE;COMPARISON;STEP",
    help="An early-stopping rule that the pod's collector gets.",
)
@click.option(
    "--config-map",
    "beside",
    multiple=True,
    metavar="FILE",
    help="A file with the ConfigMap that holds the trial template.",
)
@click.option("--katib-config", default="stock", metavar="FILE", help="As in `eegtune validate`.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml")
def command(
    file: str,
    values: Sequence[str],
    as_pod: bool,
    trial_name: str | None,
    namespace: str | None,
    stop_rules: Sequence[str],
    beside: Sequence[str],
    katib_config: str,
    form: str,
) -> None:
    """Show the Job that Katib would create for a trial, or its pod."""
    import json

    from eegtune.spec import load_experiment, render_trial
    from eegtune.spec.dumping import dump_yaml
    from eegtune.spec.injection import injected_pod
    from eegtune.spec.katib_config import load_katib_config
    from eegtune.spec.sampling import example_assignments

    try:
        experiment = load_experiment(file, *beside)
        assignments = example_assignments(experiment, _pairs(values))
        name = trial_name or f"{experiment.name}-example"
        where = namespace or experiment.metadata.namespace or "default"
        rendered = render_trial(experiment, name, assignments, where)
        if as_pod:
            config = load_katib_config(katib_config)
            rendered = injected_pod(experiment, rendered, stop_rules, config)
    except ValueError as error:
        click.echo(f"eegtune: {error}", err=True)
        sys.exit(2)
    text = json.dumps(rendered, indent=1, ensure_ascii=False) if form == "json" else ""
    click.echo(text or dump_yaml(rendered).rstrip())


def _pairs(values: Sequence[str]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise ValueError(f"--set {name!r} is not PARAMETER=VALUE")
    return {name: value for name, _, value in pairs}
