"""`eegtune campaign run|status|resume FILE`: several Experiments in a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.campaign_places import (
    elsewhere,
    place_options,
    runner_at,
    start_detached,
    words_of,
)
from eegtune.cli.campaign_text import Teller, print_ending, print_phases
from eegtune.cli.errors import ExitCode, fail, told_to_the_user

if TYPE_CHECKING:
    from eegtune.campaign.run import CampaignResult

_SIGINT = 2


@click.group("campaign")
def command() -> None:
    """Run several Experiments in a row, each on top of what was found before.

    FILE is a campaign (apiVersion: eegtune/v1, kind: Campaign). A phase may have: experiment,
    patch, set, after, algorithm, trials, time, search, freeze, narrow, grid, one_at_a_time,
    ablation, transfer, stop, repeat. docs/campaigns.md explains them.
    """


_file = click.argument("file", type=click.Path(path_type=Path))
_dir = click.option(
    "--dir", "folder", type=click.Path(path_type=Path),
    help="Folder of the campaign; default runs/NAME.",
)  # fmt: skip


@command.command("run")
@_file
@_dir
@click.option("--strict-resources", is_flag=True, help="Refuse what this machine has not.")
@place_options
@click.option("--detach", is_flag=True, help="With --on kubernetes: leave it to a Job there.")
@click.option("--no-report", is_flag=True, help="Write no reports of phases.")
@click.option("--check", "only_check", is_flag=True, help="Only say what would be run.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def run(
    context: click.Context, file: Path, folder: Path | None, strict_resources: bool, place: str,
    kube_context: str | None, namespace: str | None, detach: bool, no_report: bool,
    only_check: bool, quiet: bool,
) -> None:  # fmt: skip
    """Run the campaign of FILE, or go on with one that was interrupted or killed."""
    with told_to_the_user():
        from eegtune.campaign.document import load_campaign
        from eegtune.campaign.run import CampaignOptions, check_campaign, run_campaign
        from eegtune.cli.interrupts import interruptible

        campaign = load_campaign(file)
        if only_check:
            print_phases(check_campaign(campaign, file))
            return
        if detach:
            if place != "kubernetes":
                raise ValueError("--detach goes with --on kubernetes")
            start_detached(campaign, file, kube_context, namespace)
            return
        folder = folder or Path("runs") / campaign.name
        options = CampaignOptions(
            strict_resources, runner_at(place, kube_context, namespace),
            elsewhere(place, campaign, kube_context, namespace),
            (lambda path: None) if no_report else _report,
        )  # fmt: skip
        with interruptible() as interruption:
            result = run_campaign(
                campaign,
                file,
                folder,
                options,
                interruption=interruption,
                told=Teller(quiet, is_plain=campaign.spec.parallel > 1),
            )
        if not quiet:
            print_ending(result, folder, file, words_of(place, kube_context, namespace))
    context.exit(_exit_code(result))


@command.command("resume")
@_file
@_dir
@place_options
@click.pass_context
def resume(
    context: click.Context, file: Path, folder: Path | None, place: str,
    kube_context: str | None, namespace: str | None,
) -> None:  # fmt: skip
    """Go on with the campaign of FILE where an earlier process stopped; name the same place."""
    with told_to_the_user():
        from eegtune.campaign.document import load_campaign

        begun = folder or Path("runs") / load_campaign(file).name
        if not (begun / "campaign.yaml").is_file():
            fail(f"{begun}: no campaign was begun here; give `eegtune campaign run {file}`",
                 ExitCode.USAGE)  # fmt: skip
    context.invoke(
        run, file=file, folder=folder, place=place, kube_context=kube_context,
        namespace=namespace,
    )  # fmt: skip


@command.command("status")
@_file
@_dir
def status(file: Path, folder: Path | None) -> None:
    """Say how far the campaign of FILE has come; it may be running."""
    with told_to_the_user():
        from eegtune.campaign.document import load_campaign
        from eegtune.campaign.status import campaign_status
        from eegtune.cli.text import format_duration, format_number

        campaign = load_campaign(file)
        for row in campaign_status(campaign, folder or Path("runs") / campaign.name):
            best = "" if row.value is None else f"  {row.metric} {format_number(row.value)}"
            time = f"  {format_duration(row.seconds)}" if row.trials else ""
            trials = f"  {row.trials} trials" if row.trials else ""
            click.echo(f"{row.name.ljust(20)}  {row.state}{trials}{time}{best}"
                       + (f"  ({row.why})" if row.why else ""))  # fmt: skip


def _report(folder: Path) -> None:
    """Write a phase's report; what goes wrong with it is no reason to stop."""
    from eegtune.report import write_report

    try:
        write_report(folder)
    except (ImportError, OSError, ValueError, ArithmeticError) as error:
        click.echo(f"eegtune: {folder}: no report ({error})", err=True)


def _exit_code(result: CampaignResult) -> int:
    if result.signal is not None:
        return int(ExitCode.INTERRUPTED) if result.signal == _SIGINT else 128 + result.signal
    return int(ExitCode.FAILED if result.ended == "failed" else ExitCode.DONE)
