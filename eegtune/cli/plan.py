"""`eegtune plan EXPERIMENT`: what a budget of time buys."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json

if TYPE_CHECKING:
    from eegtune.search.gain import Gain
    from eegtune.search.planning import Plan
    from eegtune.search.problem import Problem
    from eegtune.search.recorded import RecordedTable
    from eegtune.spec import Experiment, Trial

_UNITS = {"m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0}
_DEFAULT_MINUTES = 10.0


@click.command("plan")
@click.argument("experiment", metavar="FILE|RUN", type=click.Path(path_type=Path))
@click.option("--budget", required=True, metavar="TIME", help="Wall time: 90m, 8h, 2d.")
@click.option("--slots", type=int, help="Trials at once.  [default: 1, of a run its own]")
@click.option("--trial-minutes", type=float, help="What one full trial takes.")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="A run whose trial times and scores are used; by default runs/NAME, if it is there.",
)
@click.option(
    "--table",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A recorded table (see replay) whose scores are used.",
)
@click.option("--price", type=float, help="What an hour of a slot costs.")
@format_option("text", "json")
def command(
    experiment: Path,
    budget: str,
    slots: int | None,
    trial_minutes: float | None,
    run: Path | None,
    table: Path | None,
    price: float | None,
    output: str,
) -> None:
    """Say how many trials fit into a budget, which strategy suits, and what to expect of it.

    Of a run's folder in place of a file: what the rest of the budget buys, from what its trials
    have taken and found so far; also while it goes on.
    """
    with told_to_the_user():
        from eegtune.cli.replan import is_run, replan
        from eegtune.report.analysis.room import crowded
        from eegtune.search.planning import make_plan
        from eegtune.spec import load_experiment

        if is_run(experiment):
            replan(experiment, parse_hours(budget), slots, output)
            return
        slots = 1 if slots is None else slots
        loaded = load_experiment(experiment)
        known = _known(loaded, run, table, trial_minutes)
        plan = make_plan(loaded, parse_hours(budget), slots, known.minutes)
        gain = _expect(loaded, plan, slots, known)
        warning = crowded(loaded, plan.trials, {})
        if output == "json":
            times = {"trial_minutes": known.minutes, "trial_minutes_are": known.source}
            print_json(
                {
                    **asdict(plan),
                    **asdict(gain),
                    **times,
                    "space_too_large": None if warning is None else warning._asdict(),
                }
            )
            return
        _print_plan(plan, known, slots, price)
        if warning is not None:
            click.echo(f"warning: {warning.text()}")
        _print_gain(gain, plan.trials)


class _Known(NamedTuple):
    """What is known of comparable trials.

    Attributes:
        minutes: What a full trial takes.
        source: Where that comes from.
        values: The scores of a run's full trials, in order.
        table: Recorded full trials, if a table was given.
    """

    minutes: float
    source: str
    values: list[float]
    table: RecordedTable | None


def _known(
    experiment: Experiment, run: Path | None, table: Path | None, given_minutes: float | None
) -> _Known:
    """Read a run's times and scores, and those of a table.

    Raises:
        ValueError: The run or the table is of something else.
    """
    from eegtune.search.engine import compile_problem
    from eegtune.search.measured import full_trial_seconds, full_values

    problem = compile_problem(experiment)
    trials = _comparable(problem, run)
    recorded = _recorded(table, problem) if table is not None else None
    seconds, source = full_trial_seconds(problem, trials), "measured"
    if seconds is None and recorded is not None and recorded.is_timed:
        seconds, source = median(row.seconds for row in recorded.rows), "recorded"
    if seconds is None:
        seconds, source = 60 * _DEFAULT_MINUTES, "assumed"
    if given_minutes is not None:
        seconds, source = 60 * given_minutes, "given"
    return _Known(seconds / 60, source, full_values(problem, trials), recorded)


def _recorded(path: Path, problem: Problem) -> RecordedTable:
    """Read the full trials of a table."""
    from eegtune.search.gain import full_rows
    from eegtune.search.measured import budget_name
    from eegtune.search.recorded import read_table

    table = read_table(path.read_text().splitlines())
    metric = problem.experiment.spec.objective.objective_metric_name
    if metric not in table.metrics:
        raise ValueError(
            f"{path} has no metric {metric!r}; it has {', '.join(table.metrics) or 'none'}"
        )
    return full_rows(table, budget_name(problem))


def _comparable(problem: Problem, run: Path | None) -> list[Trial]:
    """Return the trials of a run so far that have the Experiment's parameters."""
    names, name = set(problem.space.names), problem.experiment.name
    trials = [trial for trial in _trials_of(run, name) if names <= set(trial.assignments)]
    if run is not None and not trials:
        raise ValueError(f"--run {run} has no trial of the parameters of {name}")
    return trials


def _expect(experiment: Experiment, plan: Plan, slots: int, known: _Known) -> Gain:
    """Return what the trials are expected to bring, from the best source there is."""
    from eegtune.search.gain import gain_by_chance, gain_of_run, gain_of_table

    objective = experiment.spec.objective
    metric, is_max = objective.objective_metric_name, objective.type == "maximize"
    if known.table is not None:
        return gain_of_table(known.table, plan.strategy, metric, is_max, plan.trials, slots)
    if known.values:
        return gain_of_run(known.values, metric, is_max, plan.trials)
    return gain_by_chance(plan.trials)


def parse_hours(text: str) -> float:
    """Read a time such as 90m, 8h or 2d.

    Raises:
        ValueError: It is none.
    """
    match = re.fullmatch(r"\s*([0-9.]+)\s*(m|min|h|d)\s*", text)
    try:
        return float(match[1]) * _UNITS[match[2]] if match else float("nan") / 0
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--budget is {text!r}; give a time such as 90m, 8h or 2d") from None


def _trials_of(run: Path | None, name: str) -> list[Trial]:
    folder = run or Path("runs") / name
    if run is None and not folder.is_dir():
        return []
    with open_run(folder) as store:
        return [record.trial for record in store.trials()]


def _print_plan(plan: Plan, known: _Known, slots: int, price: float | None) -> None:
    cost = f", {plan.slot_hours * price:.2f} at {price:g} an hour" if price else ""
    click.echo(
        f"{plan.trials} full trials on {slots} slots in {_duration(plan.hours)}, "
        f"{known.minutes:.3g} min a trial ({known.source}): {plan.slot_hours:.3g} slot-hours{cost}"
    )
    if known.source == "assumed":
        click.echo("no trial was timed: give --trial-minutes, or run a few trials first")
    if plan.affordable > plan.trials:
        click.echo(f"maxTrialCount is {plan.trials}; the budget would buy {plan.affordable}")
    click.echo(f"strategy  {plan.strategy}: {plan.reason}")
    if plan.rungs:
        steps = ", ".join(f"{count} trials of {budget}" for budget, count in plan.rungs)
        click.echo(f"rungs     {steps}")


def _print_gain(gain: Gain, trials: int) -> None:
    click.echo(f"expected best of N trials, in {gain.gain_unit} ({gain.gain_source}):")
    for count, value in gain.gain:
        click.echo(f"  {count:>6}  {value:.4g}")
    if gain.gain[-1][0] < trials:
        click.echo(f"  more than {gain.gain[-1][0]} trials say nothing on so few recorded ones")


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.3g} min"
