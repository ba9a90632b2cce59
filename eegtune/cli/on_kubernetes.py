"""`eegtune run --on kubernetes`: trials as Jobs, with the view of a run on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from eegtune.cli.live_progress import LiveProgress
from eegtune.cli.plain_progress import PlainProgress
from eegtune.execution.observer import Silence
from eegtune.execution.records import TrialRecord

if TYPE_CHECKING:
    from eegtune.cluster.jobs.access import Access
    from eegtune.cluster.jobs.place import JobsObserver
    from eegtune.execution.run import RunOptions, RunResult
    from eegtune.spec import Experiment

_MOST_WAITING_SHOWN = 3


def run_jobs(
    experiment: Experiment,
    folder: Path,
    options: RunOptions,
    *,
    quiet: bool,
    context: str | None,
    namespace: str | None,
) -> RunResult:
    """Run an Experiment's trials as Jobs, or go on with it; the loop runs in this process.

    Raises:
        ValueError: The Experiment cannot run as Jobs.
        RunnerError: The cluster cannot be asked, something is not allowed, or no trial of the
            template can run.
    """
    from eegtune.cli.interrupts import interruptible
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.place import check_for_jobs
    from eegtune.cluster.jobs.runner import jobs_in
    from eegtune.execution.run import run_experiment

    check_for_jobs(experiment)
    access = connect(context, namespace)
    with interruptible() as interruption, _progress(quiet, folder) as observer:
        return run_experiment(
            experiment, folder, options, observer=observer, interruption=interruption,
            make_runner=jobs_in(access, observer.waits),
        )  # fmt: skip


def start_detached(
    experiment: Experiment, *, context: str | None, namespace: str | None, destination: str | None
) -> None:
    """Start the loop as a Job of the cluster, and say how to follow it.

    Raises:
        ValueError: The Experiment cannot run as Jobs.
        RunnerError: Something that this takes is missing in the cluster, or not allowed.
    """
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.detached import controller_objects
    from eegtune.cluster.jobs.detaching import create, find_missing
    from eegtune.cluster.jobs.place import check_for_jobs
    from eegtune.cluster.summary.storage import parse_destination

    check_for_jobs(experiment)
    to = str(parse_destination(destination)) if destination else ""
    access = connect(context, namespace)
    find_missing(access, needs_storage=bool(to))
    create(access, controller_objects(experiment, access.namespace, destination=to))
    say_started(access, experiment.name)


def say_started(access: Access, name: str) -> None:
    """Say of an Experiment or a campaign of that name that its Job runs, or waits, and where."""
    import click

    from eegtune.cluster.jobs.detached import controller_name
    from eegtune.cluster.jobs.starting import wait_for_start

    job = controller_name(name)
    waits = wait_for_start(access, job)
    if waits:
        click.echo(f"job {job} waits: {waits}")
    click.echo(
        f"{name} runs in namespace {access.namespace}.\n"
        f"Follow it: kubectl logs -n {access.namespace} -f job/{job}\n"
        f"Stop it:   kubectl delete -n {access.namespace} job/{job} configmap/{job}"
    )


class SilentJobs(Silence):
    """Says nothing, neither of Jobs that wait."""

    def waits(self, trial: str, why: str) -> None:
        """Say nothing."""


class PlainJobs(PlainProgress):
    """Prints a line when a trial ends, and when it has to wait."""

    def waits(self, trial: str, why: str) -> None:
        """Say why a trial waits."""
        import click

        click.echo(f"{trial}  waits: {why}")


class LiveJobs(LiveProgress):
    """The view of a run on this machine, and below it what trials wait for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._waiting: dict[str, str] = {}

    def waits(self, trial: str, why: str) -> None:
        """Show why a trial waits until it runs. Called from threads of the runner."""
        self._waiting[trial] = why

    def starting(self, record: TrialRecord) -> None:
        """Say that nothing runs yet, where that is so."""
        if not self._running:
            self._note = "waiting for a pod …"

    def started(self, record: TrialRecord) -> None:
        """Show a trial among those that run."""
        self._waiting.pop(record.name, None)
        super().started(record)

    def ended(self, record: TrialRecord) -> None:
        """Drop a trial from those that run or wait."""
        self._waiting.pop(record.name, None)
        super().ended(record)

    def _draw(self) -> RenderableType:
        waiting = list(self._waiting.items())
        lines = [
            Text.assemble(" ", (trial, "cyan"), (f"  waits: {why}", "yellow"))
            for trial, why in waiting[:_MOST_WAITING_SHOWN]
        ]
        if len(waiting) > _MOST_WAITING_SHOWN:
            lines.append(Text(f" and {len(waiting) - _MOST_WAITING_SHOWN} more wait"))
        return Group(super()._draw(), *lines)


@contextmanager
def _progress(quiet: bool, folder: Path) -> Iterator[JobsObserver]:
    import sys

    if quiet:
        yield SilentJobs()
    elif not sys.stdout.isatty():
        yield PlainJobs()
    else:
        with LiveJobs(folder) as view:
            yield view
