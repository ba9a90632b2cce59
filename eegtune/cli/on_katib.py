"""What the commands for Experiments on Katib have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user

if TYPE_CHECKING:
    from eegtune.cluster.katib.client.follow import Place
    from eegtune.execution.observer import Observer
    from eegtune.execution.records import RunState
    from eegtune.spec import Experiment

F = TypeVar("F", bound=Callable[..., Any])


def place_options(function: F) -> F:
    """Add the options that say which cluster and which namespace."""
    for option in (
        click.option(
            "--db-manager",
            metavar="HOST:PORT",
            help="Katib's DB manager, where it can be reached directly; by default through "
            "the API server.",
        ),
        click.option("--katib-namespace", default="kubeflow", show_default=True,
                     help="Where Katib is installed."),
        click.option("--context", help="The kubeconfig's context.  [default: the current one]"),
        click.option("-n", "--namespace", default="default", show_default=True,
                     help="The Experiment's namespace."),
    ):  # fmt: skip
        function = option(function)
    return function


folder_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path),
    help="Where results are kept; default runs/NAME.",
)  # fmt: skip


def open_place(
    namespace: str, context: str | None, katib_namespace: str, db_manager: str | None
) -> Place:
    """Return where the Experiments are."""
    from eegtune.cluster.katib.client.follow import Place
    from eegtune.cluster.katib.kube import Kube

    return Place(Kube.connect(context), namespace, katib_namespace, db_manager)


@contextmanager
def cluster_errors_told() -> Iterator[None]:
    """Turn what a cluster refuses into a message and an exit code."""
    from eegtune.cluster.katib.client.follow import NotThereError
    from eegtune.cluster.katib.kube import KubeError

    with told_to_the_user():
        try:
            yield
        except NotThereError as error:
            fail(str(error), ExitCode.USAGE)
        except KubeError as error:
            fail(str(error), ExitCode.FAILED)


def watch(place: Place, name: str, folder: Path, *, quiet: bool, once: bool) -> RunState:
    """Follow an Experiment with the same view as a run on this machine, then report."""
    from eegtune.cli.interrupts import interruptible
    from eegtune.cluster.katib.client.follow import follow

    with interruptible() as interruption, _progress(quiet, folder) as observer:
        return follow(
            place,
            name,
            folder,
            observer,
            until_its_end=not once,
            is_told_to_stop=lambda: interruption.signal is not None,
        )


def conclude(state: RunState, name: str, folder: Path) -> int:
    """Write the report, say how the Experiment ended, and return the exit code."""
    from eegtune.execution.best import best_trial
    from eegtune.execution.records import RunCondition
    from eegtune.execution.store import RunStore

    with RunStore.open(folder) as store:
        trials = [record.trial for record in store.trials()]
        best = best_trial(store.experiment, trials)
    # Also without a best one: of a search in rungs none may have had the largest resource yet.
    if any(trial.metrics for trial in trials):
        _report(folder)
    click.echo(f"{name}: {state.condition}{': ' + state.message if state.message else ''}")
    click.echo(f"all of it is in {folder}" + ("" if best is None else
               f"; eegtune best {folder} shows the best configuration"))  # fmt: skip
    if state.condition is RunCondition.FAILED:
        click.echo(f"eegtune doctor {name} says what is wrong")
        return int(ExitCode.FAILED)
    return int(ExitCode.DONE)


def run_on_katib(
    experiment: Experiment,
    folder: Path,
    context: str | None,
    namespace: str | None,
    *,
    quiet: bool,
) -> int:
    """Apply an Experiment where it is not there yet, follow it to its end, return the exit code.

    The same command goes on with an Experiment that is there already.
    """
    from eegtune.cli.submit import apply_one

    with cluster_errors_told():
        place = open_place(namespace or "default", context, "kubeflow", None)
        there = place.kube.has_katib() and place.kube.katib_object(
            "experiments", place.namespace, experiment.name
        )
        if there:
            click.echo(f"{place.namespace}/{experiment.name} is there already; following it")
        else:
            apply_one(place, experiment, anyway=False)
        state = watch(place, experiment.name, folder, quiet=quiet, once=False)
        return conclude(state, experiment.name, folder)


def _report(folder: Path) -> None:
    try:
        from eegtune.report import write_report

        write_report(folder)
    except (ImportError, OSError, ValueError, ArithmeticError) as error:
        click.echo(f"eegtune: the report could not be written: {error}", err=True)


def _progress(quiet: bool, folder: Path) -> AbstractContextManager[Observer]:
    import sys
    from contextlib import nullcontext

    from eegtune.execution.observer import Silence

    if quiet:
        return nullcontext(Silence())
    if not sys.stdout.isatty():
        from eegtune.cli.plain_progress import PlainProgress

        return nullcontext(PlainProgress())
    from eegtune.cli.live_progress import LiveProgress

    return LiveProgress(folder)
