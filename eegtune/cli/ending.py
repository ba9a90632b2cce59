"""The last words of `eegtune run`: how it ended, the best trial, what to do next."""

from __future__ import annotations

import signal
from pathlib import Path
from statistics import fmean

import click

from eegtune.cli.text import format_number, format_parameter
from eegtune.execution.best import best_trial, objective_value
from eegtune.execution.records import RunCondition, TrialRecord
from eegtune.execution.run import RunResult
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import RunStore
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial


def print_ending(experiment: Experiment, folder: Path, result: RunResult, again: str) -> None:
    """Print how a run ended.

    Args:
        experiment: The Experiment.
        folder: The run's folder.
        result: How far the run has come.
        again: The command that goes on with it.
    """
    if result.moved_to is not None:
        click.echo(f"The earlier run was moved to {result.moved_to}")
    click.echo(_how_it_stands(result))
    if result.best is not None:
        print_best(experiment, result.best)
        if result.state.condition is not RunCondition.RUNNING:
            with RunStore.open(folder) as store:
                trials = [record.trial for record in store.trials()]
            print_reason(experiment, trials, result.best.trial)
    elif result.state.condition is not RunCondition.RUNNING:
        click.echo(f"No trial succeeded{_why(folder)}")
    if RunFolder(folder).report.is_file():
        click.echo(f"Report: {RunFolder(folder).report}")
    if result.state.condition is RunCondition.RUNNING:
        click.echo(f"Go on with: {again}")
    elif result.best is not None:
        click.echo(f"Score it on test data: eegtune evaluate {folder}")


def print_best(experiment: Experiment, best: TrialRecord) -> None:
    """Print the best trial and its configuration."""
    metric = experiment.spec.objective.objective_metric_name
    value = format_number(best.trial.metrics[metric])
    click.echo(f"Best: {click.style(f'{metric} {value}', bold=True)} by {best.name}")
    width = max((len(name) for name in best.trial.assignments), default=0)
    for name, text in best.trial.assignments.items():
        click.echo(f"  {name.ljust(width)}  {format_parameter(text)}")


def print_reason(experiment: Experiment, trials: list[Trial], chosen: Trial) -> None:
    """Say why the chosen configuration is not that of the trial with the best value."""
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


def _why(folder: Path) -> str:
    with RunStore.open(folder) as store:
        messages = [record.message for record in store.trials() if record.message]
    shown = f"; the last one: {messages[-1].splitlines()[0]}" if messages else ""
    return f"{shown}\n`eegtune logs {folder}` shows what it wrote"


def _how_it_stands(result: RunResult) -> str:
    state = result.state
    if result.signal is not None:
        return (
            f"Interrupted ({signal.Signals(result.signal).name}): everything so far is kept; "
            "trials that were running will be run again"
        )
    if result.timed_out:
        return "The time given is over: everything so far is kept, the run can go on"
    return f"{state.condition}: {state.message} ({state.reason})"
