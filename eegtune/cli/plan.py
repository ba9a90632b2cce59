"""`eegtune plan EXPERIMENT`: what a budget of time buys."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json

if TYPE_CHECKING:
    from eegtune.search.planning import Plan
    from eegtune.spec import Experiment, Trial

_UNITS = {"m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0}
_DEFAULT_MINUTES = 10.0


@click.command("plan")
@click.argument("experiment", type=click.Path(path_type=Path))
@click.option("--budget", required=True, metavar="TIME", help="Wall time: 90m, 8h, 2d.")
@click.option("--slots", type=int, default=1, show_default=True, help="Trials at once.")
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
    slots: int,
    trial_minutes: float | None,
    run: Path | None,
    table: Path | None,
    price: float | None,
    output: str,
) -> None:
    """Say how many trials fit into a budget, which strategy suits, and what to expect of it."""
    with told_to_the_user():
        from eegtune.search.planning import make_plan
        from eegtune.spec import load_experiment

        loaded = load_experiment(experiment)
        known = _measured(run, loaded)
        if table is not None:
            known = _recorded(table, loaded, known)
        minutes, source = known.minutes or _DEFAULT_MINUTES, known.source
        if trial_minutes is not None:
            minutes, source = trial_minutes, "given"
        plan = make_plan(loaded, parse_hours(budget), slots, minutes, known.values)
        if output == "json":
            print_json({**asdict(plan), "trial_minutes": minutes, "trial_minutes_are": source})
        else:
            _print(plan, f"{minutes:.3g} min a trial ({source})", slots, price)
            if source == "assumed":
                click.echo("No trial was timed: give --trial-minutes, or run a few trials first.")


class _Known(NamedTuple):
    """What is known of comparable trials."""

    minutes: float | None
    source: str
    values: list[float]


def _recorded(table: Path, experiment: Experiment, measured: _Known) -> _Known:
    """Read scores from a table, and times where no run has any.

    Raises:
        ValueError: It has no such metric.
    """
    from statistics import median

    from eegtune.search.recorded import read_table

    rows = read_table(table.read_text().splitlines())
    metric = experiment.spec.objective.objective_metric_name
    if metric not in rows.metrics:
        raise ValueError(
            f"{table} has no metric {metric!r}; it has {', '.join(rows.metrics) or 'none'}"
        )
    values = rows.all_means(metric)
    if measured.minutes is not None or not rows.is_timed:
        return measured._replace(values=values)
    return _Known(median(row.seconds for row in rows.rows) / 60, "recorded", values)


def _measured(run: Path | None, experiment: Experiment) -> _Known:
    """Read times and scores from a run so far, if there is one."""
    from eegtune.search.engine import compile_problem
    from eegtune.search.measured import full_trial_seconds, full_values

    problem = compile_problem(experiment)
    names = set(problem.space.names)
    trials = [t for t in _trials_of(run, experiment.name) if names <= set(t.assignments)]
    if run is not None and not trials:
        raise ValueError(f"--run {run} has no trial of the parameters of {experiment.name}")
    seconds = full_trial_seconds(problem, trials)
    source = "assumed" if seconds is None else "measured"
    return _Known(seconds and seconds / 60, source, full_values(problem, trials))


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


def _print(plan: Plan, time: str, slots: int, price: float | None) -> None:
    cost = f", {plan.slot_hours * price:.2f} at {price:g} an hour" if price else ""
    click.echo(
        f"{plan.trials} full trials on {slots} slots in {_duration(plan.hours)}, {time}: "
        f"{plan.slot_hours:.3g} slot-hours{cost}"
    )
    if plan.affordable > plan.trials:
        click.echo(f"maxTrialCount is {plan.trials}; the budget would buy {plan.affordable}")
    click.echo(f"strategy  {plan.strategy}: {plan.reason}")
    if plan.rungs:
        steps = ", ".join(f"{count} trials of {budget}" for budget, count in plan.rungs)
        click.echo(f"rungs     {steps}")
    click.echo(f"expected best of N random trials, in {plan.gain_unit}:")
    for count, value in plan.gain:
        click.echo(f"  {count:>6}  {value:.4g}")


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.3g} min"
