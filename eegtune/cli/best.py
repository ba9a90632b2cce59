"""`eegtune best RUN`: show the best configuration of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment
    from eegtune.spec.trial import Trial


@click.command("best")
@run_argument
@click.option(
    "-n",
    "--n",
    "count",
    type=click.IntRange(1),
    help="How many, the best first; by default one, of several objectives the Pareto front.",
)
@format_option("text", "json")
def command(run: Path, count: int | None, output: str) -> None:
    """Show the best configuration of the run in the folder RUN, or the best few.

    Configurations that were evaluated again count with all their results, so it is not always
    the one with the luckiest trial. As JSON this is one row as `eegtune trials` prints it, or a
    list of rows with --n and for several objectives.
    """  # fmt: skip
    with told_to_the_user(), open_run(run) as store:
        from eegtune.cli.ending import print_best
        from eegtune.cli.trial_table import print_trials
        from eegtune.execution.best import chosen_trials
        from eegtune.execution.summary import summarize_trial

        records = {record.name: record for record in store.trials()}
        trials = [record.trial for record in records.values()]
        best = [records[each.name] for each in chosen_trials(store.experiment, trials, count)]
        if not best:
            fail(f"{run}: no trial has a result yet", ExitCode.FAILED)
        if output == "json":
            rows = [summarize_trial(record) for record in best]
            is_one = count == 1 or (count is None and len(rows) == 1)
            print_json(rows[0] if is_one else rows)
            return
        if len(best) > 1 and count is None:
            click.echo(f"{len(best)} configurations, none of which is better in every objective:")
        if len(best) == 1:
            print_best(store.experiment, best[0])
        else:
            print_trials(store.experiment, best)
        _print_reason(store.experiment, trials, best[0].trial)


def _print_reason(experiment: Experiment, trials: list[Trial], chosen: Trial) -> None:
    """Say why the chosen configuration is not that of the trial with the best value."""
    from statistics import fmean

    from eegtune.cli.text import format_number
    from eegtune.execution.best import best_trial, objective_value

    luckiest = best_trial(experiment, trials)
    if luckiest is None or luckiest.assignments == chosen.assignments:
        return
    same = [each for each in trials if each.assignments == chosen.assignments]
    values = [v for v in (objective_value(experiment, each) for each in same) if v is not None]
    metric = experiment.spec.objective.objective_metric_name
    click.echo(
        f"Chosen by all results together: {metric} {format_number(fmean(values))} on average of "
        f"{len(values)}; {luckiest.name} had {format_number(luckiest.metrics[metric])}, which may "
        "be luck or break a limit"
    )
