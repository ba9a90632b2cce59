"""`eegtune scale RUN`: change the counts of a run, also while it runs."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import change_run, run_argument


@click.command("scale")
@run_argument
@click.option("--parallel", type=int, metavar="N", help="parallelTrialCount.")
@click.option("--max-trials", type=int, metavar="N", help="maxTrialCount.")
@click.option("--max-failed", type=int, metavar="N", help="maxFailedTrialCount.")
@click.option("-n", "--namespace", help="RUN is the name of an Experiment on Katib, there.")
@click.option("--context", help="The kubeconfig's context, with -n.  [default: the current one]")
def command(
    run: Path,
    parallel: int | None,
    max_trials: int | None,
    max_failed: int | None,
    namespace: str | None,
    context: str | None,
) -> None:
    """Change how many trials the run in RUN makes, at once and in all.

    A process that runs it follows within a moment. A run that has ended goes on with
    `eegtune run`. With -n, RUN is an Experiment on Katib in that namespace.
    """
    if parallel is None and max_trials is None and max_failed is None:
        raise click.UsageError("give --parallel, --max-trials or --max-failed")
    if namespace is not None:
        change_on_katib(str(run), namespace, context, (parallel, max_trials, max_failed))
        return
    given = {
        "parallel_trial_count": parallel,
        "max_trial_count": max_trials,
        "max_failed_trial_count": max_failed,
    }
    counts = {name: count for name, count in given.items() if count is not None}
    with told_to_the_user(), change_run(run) as store:
        from eegtune.execution.changes import counts_of, scale

        spec = scale(store, counts).spec
        now = counts_of(spec).values()
        click.echo("at once {}, in all {}, failed at most {}".format(
            *("any number" if count is None else count for count in now)
        ))  # fmt: skip


def change_on_katib(
    name: str, namespace: str, context: str | None, counts: tuple[int | None, ...]
) -> None:
    """Change an Experiment's counts in the cluster: parallel, in all, failed."""
    from eegtune.cli.on_katib import cluster_errors_told, open_place
    from eegtune.cluster.katib.client.follow import change_budget

    parallel, max_trials, max_failed = counts
    with cluster_errors_told():
        place = open_place(namespace, context, "kubeflow", None)
        change_budget(place, name, parallel=parallel, max_trials=max_trials, max_failed=max_failed)
        click.echo(f"{namespace}/{name} is changed")
