"""Where a campaign's trials run: here, as Jobs of a cluster, on Katib, or all of it as one Job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegtune.campaign.document import Campaign
    from eegtune.campaign.run import Elsewhere
    from eegtune.execution.run import MakeRunner


def place_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add where trials run."""
    options = (
        click.option(
            "--on", "place", type=click.Choice(["here", "kubernetes", "katib"]), default="here",
            show_default=True, help="Processes here, Jobs of a cluster, or Experiments on Katib.",
        ),
        click.option("--context", "kube_context", help="The kubeconfig's context, for --on."),
        click.option(
            "--namespace", "-n", help="Where trials run, for --on; default the context's."
        ),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def runner_at(place: str, context: str | None, namespace: str | None) -> MakeRunner:
    """Return what runs trials: processes here, or Jobs."""
    from eegtune.execution.run import make_process_runner

    if place != "kubernetes":
        return make_process_runner
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.runner import jobs_in

    return jobs_in(connect(context, namespace))


def elsewhere(
    place: str, campaign: Campaign, context: str | None, namespace: str | None
) -> Elsewhere | None:
    """Return what runs whole phases on Katib; None for other places."""
    if place != "katib":
        return None
    from eegtune.campaign.on_katib import check_for_katib, phases_on
    from eegtune.cli.on_katib import cluster_errors_told, open_place

    check_for_katib(campaign)
    with cluster_errors_told():
        return phases_on(open_place(namespace or "default", context, "kubeflow", None))


def start_detached(
    campaign: Campaign, file: Path, context: str | None, namespace: str | None
) -> None:
    """Start the campaign as a Job of the cluster, and say how to follow it."""
    from eegtune.campaign.detached import campaign_objects, experiment_files
    from eegtune.campaign.run import check_campaign
    from eegtune.cli.on_kubernetes import say_started
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.detaching import create, find_missing

    phases = check_campaign(campaign, file)
    files = experiment_files(campaign, file)
    access = connect(context, namespace)
    find_missing(access, needs_storage=False)
    first = next(iter(phases.values()))
    create(access, campaign_objects(campaign, files, first, access.namespace))
    say_started(access, campaign.name)


def words_of(place: str, context: str | None, namespace: str | None) -> str:
    """Return the words that name a place again."""
    words = {"--on": place if place != "here" else None, "--context": context, "-n": namespace}
    return "".join(f" {option} {value}" for option, value in words.items() if value)
