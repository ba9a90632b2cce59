"""`eegtune campaign run|status|resume FILE`: several Experiments in a row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user

if TYPE_CHECKING:
    from eegtune.campaign.document import Campaign
    from eegtune.campaign.order import Step
    from eegtune.campaign.outcomes import Outcome
    from eegtune.campaign.run import CampaignResult, Elsewhere
    from eegtune.execution.observer import Observer
    from eegtune.execution.run import MakeRunner
    from eegtune.spec import Experiment

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


def _place(function: Callable[..., None]) -> Callable[..., None]:
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


@command.command("run")
@_file
@_dir
@click.option("--strict-resources", is_flag=True, help="Refuse what this machine has not.")
@_place
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
            _print_phases(check_campaign(campaign, file))
            return
        if detach:
            if place != "kubernetes":
                raise ValueError("--detach goes with --on kubernetes")
            _start_detached(campaign, file, kube_context, namespace)
            return
        folder = folder or Path("runs") / campaign.name
        options = CampaignOptions(
            strict_resources, _make_runner(place, kube_context, namespace),
            _elsewhere(place, campaign, kube_context, namespace),
            (lambda path: None) if no_report else _report,
        )  # fmt: skip
        with interruptible() as interruption:
            result = run_campaign(
                campaign,
                file,
                folder,
                options,
                interruption=interruption,
                told=_Teller(quiet, is_plain=campaign.spec.parallel > 1),
            )
        if not quiet:
            _print_ending(result, folder, file, _words_of(place, kube_context, namespace))
    context.exit(_exit_code(result))


@command.command("resume")
@_file
@_dir
@_place
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


class _Teller:
    """Prints a heading a phase and lets the usual views show its trials."""

    def __init__(self, quiet: bool, is_plain: bool) -> None:
        self._quiet = quiet
        self._is_plain = is_plain  # the live view has room for one phase

    def phase_begins(self, step: Step, experiment: Experiment, number: int, of: int) -> None:
        if self._quiet:
            return
        searched = _searched(experiment)
        click.echo(
            click.style(f"Phase {number} of {of}: {step.name}", bold=True)
            + f"  searches {len(searched)} of {len(experiment.spec.parameters)} parameters"
        )

    def phase_ended(self, outcome: Outcome, why: str) -> None:
        from eegtune.cli.text import format_number

        if self._quiet:
            return
        metric = outcome.experiment.spec.objective.objective_metric_name
        best = "no result" if outcome.value is None else f"{metric} {format_number(outcome.value)}"
        click.echo(f"{outcome.name}: {best} in {len(outcome.trials)} trials; {why}")
        if outcome.experiment.spec.algorithm.algorithm_name == "manual":
            _print_effects(outcome)

    def watch(self, folder: Path) -> AbstractContextManager[Observer]:
        from contextlib import nullcontext

        from eegtune.cli.plain_progress import PlainProgress
        from eegtune.cli.run import _progress

        if self._is_plain and not self._quiet:
            return nullcontext(PlainProgress())
        return _progress(self._quiet, folder)


def _print_effects(outcome: Outcome) -> None:
    """Say what each change of the first configuration is worth."""
    from eegtune.campaign.effects import effects
    from eegtune.cli.text import format_number

    for each in effects(outcome):
        change = ", ".join(f"{name}={text}" for name, text in each.change.items())
        interval = ""
        if each.repeats > 1:
            low, high = format_number(each.low), format_number(each.high)
            clear = "" if each.is_clear else ", not clear"
            interval = f" (95 % interval {low} to {high}{clear})"
        click.echo(
            f"  {change}: {'+' if each.gain > 0 else ''}{format_number(each.gain)}{interval}"
        )


def _make_runner(place: str, context: str | None, namespace: str | None) -> MakeRunner:
    from eegtune.execution.run import make_process_runner

    if place != "kubernetes":
        return make_process_runner
    import os

    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.detached import owner_of
    from eegtune.cluster.jobs.runner import jobs_in

    return jobs_in(connect(context, namespace), owner_of(os.environ))


def _elsewhere(
    place: str, campaign: Campaign, context: str | None, namespace: str | None
) -> Elsewhere | None:
    if place != "katib":
        return None
    from eegtune.campaign.on_katib import check_for_katib, phases_on
    from eegtune.cli.on_katib import cluster_errors_told, open_place

    check_for_katib(campaign)
    with cluster_errors_told():
        return phases_on(open_place(namespace or "default", context, "kubeflow", None))


def _start_detached(
    campaign: Campaign, file: Path, context: str | None, namespace: str | None
) -> None:
    """Start the campaign as a Job of the cluster, and say how to follow it."""
    from eegtune.campaign.detached import campaign_objects, experiment_files
    from eegtune.campaign.run import check_campaign
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.detached import controller_name
    from eegtune.cluster.jobs.detaching import create, find_missing
    from eegtune.cluster.jobs.starting import wait_for_start

    phases = check_campaign(campaign, file)
    files = experiment_files(campaign, file)
    access = connect(context, namespace)
    find_missing(access, needs_storage=False)
    first = next(iter(phases.values()))
    create(access, campaign_objects(campaign, files, first, access.namespace))
    job = controller_name(campaign.name)
    waits = wait_for_start(access, job)
    if waits:
        click.echo(f"job {job} waits: {waits}")
    click.echo(
        f"{campaign.name} runs in namespace {access.namespace}.\n"
        f"Follow it: kubectl logs -n {access.namespace} -f job/{job}\n"
        f"Stop it:   kubectl delete -n {access.namespace} job/{job} configmap/{job}"
    )


def _report(folder: Path) -> None:
    """Write a phase's report; what goes wrong with it is no reason to stop."""
    from eegtune.report import write_report

    try:
        write_report(folder)
    except (ImportError, OSError, ValueError, ArithmeticError) as error:
        click.echo(f"eegtune: {folder}: no report ({error})", err=True)


def _searched(experiment: Experiment) -> list[str]:
    from eegtune.campaign.spaces import is_frozen

    return [each.name for each in experiment.spec.parameters if not is_frozen(each)]


def _print_phases(phases: dict[str, Experiment]) -> None:
    for name, experiment in phases.items():
        spec = experiment.spec
        free = _searched(experiment)
        click.echo(f"{name}: {spec.algorithm.algorithm_name}, up to {spec.max_trial_count} "
                   f"trials, searches {', '.join(free)}")  # fmt: skip


def _words_of(place: str, context: str | None, namespace: str | None) -> str:
    """Return the words that name a place again."""
    words = {"--on": place if place != "here" else None, "--context": context, "-n": namespace}
    return "".join(f" {option} {value}" for option, value in words.items() if value)


def _print_ending(result: CampaignResult, folder: Path, file: Path, place: str) -> None:
    from eegtune.campaign.run import Ended
    from eegtune.cli.ending import print_best
    from eegtune.execution.records import TrialRecord

    if result.why:
        click.echo(f"{result.ended}: {result.why}")
    if result.ended is Ended.INTERRUPTED:
        click.echo(f"Go on with: eegtune campaign resume {file} --dir {folder}{place}")
    if result.best is not None and result.best.best is not None:
        click.echo(f"The best of all phases is {result.best.name}'s:")
        print_best(result.best.experiment, TrialRecord(result.best.best, 0))
        click.echo(f"Score it on test data: eegtune evaluate {folder}/phases/{result.best.name}")


def _exit_code(result: CampaignResult) -> int:
    if result.signal is not None:
        return int(ExitCode.INTERRUPTED) if result.signal == _SIGINT else 128 + result.signal
    return int(ExitCode.FAILED if result.ended == "failed" else ExitCode.DONE)
