"""Where `eegtune.run` and `eegtune.tune` run trials: processes here, Jobs of a cluster, Katib."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from eegtune.cluster.jobs.place import JobsObserver
    from eegtune.execution.run import RunOptions
    from eegtune.spec import Experiment

On = Literal["here", "kubernetes", "katib"]
PLACES: tuple[On, ...] = ("here", "kubernetes", "katib")


class Where(NamedTuple):
    """A place for trials.

    Attributes:
        on: Processes here, Jobs of a cluster, or an Experiment on Katib.
        namespace: The cluster's namespace; None for the context's (Katib: `default`).
        context: The kubeconfig's context; None for the current one.
    """

    on: On = "here"
    namespace: str | None = None
    context: str | None = None


def run_at(
    where: Where, experiment: Experiment, folder: Path, options: RunOptions, *, progress: bool
) -> None:
    """Run an Experiment somewhere until it has ended, or go on with it.

    Raises:
        ValueError: There is no such place, or the Experiment cannot run there.
        RunnerError: Trials cannot be run here, or the cluster cannot be asked.
    """
    if where.on not in PLACES:
        raise ValueError(f"on is {where.on!r}; it must be one of {', '.join(PLACES)}")
    if where.on == "here" and (where.namespace or where.context):
        raise ValueError("namespace and context are for on='kubernetes' and on='katib'")
    if where.on == "katib" and options.loop.timeout_seconds is not None:
        raise ValueError("timeout_seconds: Katib cannot stop an Experiment after a time")
    if where.on == "katib" and options.fresh:
        raise ValueError("fresh: give the Experiment another name, or `eegtune delete` it first")
    with _watching(progress) as watcher:
        run = {"here": _here, "kubernetes": _as_jobs, "katib": _on_katib}[where.on]
        run(where, experiment, folder, options, watcher)


def _here(
    where: Where, experiment: Experiment, folder: Path, options: RunOptions, watcher: JobsObserver
) -> None:
    from eegtune.execution.preflight import check
    from eegtune.execution.run import run_experiment

    check(experiment)
    run_experiment(experiment, folder, options, observer=watcher)


def _as_jobs(
    where: Where, experiment: Experiment, folder: Path, options: RunOptions, watcher: JobsObserver
) -> None:
    from eegtune.cluster.jobs.access import connect
    from eegtune.cluster.jobs.place import check_for_jobs
    from eegtune.cluster.jobs.runner import jobs_in
    from eegtune.execution.run import run_experiment

    check_for_jobs(experiment)
    runner = jobs_in(connect(where.context, where.namespace), watcher.waits)
    run_experiment(experiment, folder, options, observer=watcher, make_runner=runner)


def _on_katib(
    where: Where, experiment: Experiment, folder: Path, options: RunOptions, watcher: JobsObserver
) -> None:
    """Apply the Experiment where it is not there yet, and follow it to its end."""
    from eegtune.cluster.katib.client.follow import Place, apply, follow, obstacles
    from eegtune.cluster.katib.kube import Kube, KubeError
    from eegtune.execution.runner import RunnerError

    try:
        place = Place(Kube.connect(where.context), where.namespace or "default")
        has_katib = place.kube.has_katib()
        if not (
            has_katib and place.kube.katib_object("experiments", place.namespace, experiment.name)
        ):
            stops = [each.message for each in obstacles(place, experiment) if each.stops]
            if stops:
                raise ValueError("; ".join(stops))
            apply(place, experiment)
        follow(place, experiment.name, folder, watcher)
    except KubeError as error:
        raise RunnerError(str(error)) from error


@contextmanager
def _watching(progress: bool) -> Iterator[JobsObserver]:
    """Give the view that fits: a table in a notebook, lines elsewhere, or nothing."""
    from eegtune.notebook import NotebookProgress, is_notebook

    if not progress:
        from eegtune.cli.on_kubernetes import SilentJobs

        yield SilentJobs()
    elif not is_notebook():
        from eegtune.cli.on_kubernetes import PlainJobs

        yield PlainJobs()
    else:
        table = NotebookProgress()
        try:
            yield table
        finally:
            table.close()
