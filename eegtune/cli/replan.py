"""`eegtune plan RUN`: the plan again, from what the trials so far have taken and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from eegtune.cli.runs import find_run, open_run, print_json

if TYPE_CHECKING:
    from eegtune.report.analysis.room import Crowded
    from eegtune.search.gain import Gain
    from eegtune.spec import Experiment, Trial


def is_run(path: Path) -> bool:
    """Whether it is a run's folder, or the name of one below `runs/`, and no file."""
    return not path.is_file() and any(
        (folder / "run.db").is_file() for folder in (path, Path("runs") / path)
    )


class Replanned(NamedTuple):
    """What is left of a budget.

    Attributes:
        ended: Trials that have ended.
        spent_hours: Wall time since the first began.
        left_hours: Of the budget.
        trial_minutes: The median of the full trials.
        buys: More trials that fit.
        planned: Trials that maxTrialCount still allows; None without it.
        total: Trials in all, with what fits or is allowed.
    """

    ended: int
    spent_hours: float
    left_hours: float
    trial_minutes: float
    buys: int
    planned: int | None
    total: int


def replan(run: Path, budget_hours: float, slots: int | None, output: str) -> None:
    """Print what the rest of a budget buys, while the run goes on or after it.

    Raises:
        NoRunError: There is no run.
        ValueError: No full trial has ended, so that nothing is measured.
    """
    folder = find_run(run)
    with open_run(folder) as store:
        experiment = store.experiment
        trials = [record.trial for record in store.trials()]
    found = replanned(experiment, trials, budget_hours, slots)
    warning, gain = _crowded(folder, experiment, found.total), _gain(experiment, trials, found)
    if output == "json":
        too_large = None if warning is None else warning._asdict()
        print_json({**found._asdict(), **asdict(gain), "space_too_large": too_large})
        return
    for line in told(run, found, warning):
        click.echo(line)
    click.echo(f"expected best of N trials, in {gain.gain_unit} ({gain.gain_source}):")
    for count, value in gain.gain:
        click.echo(f"  {count:>6}  {value:.4g}")


def replanned(
    experiment: Experiment, trials: Sequence[Trial], budget_hours: float, slots: int | None
) -> Replanned:
    """Return what is left, and what it buys.

    Raises:
        ValueError: No full trial has ended.
    """
    from eegtune.search.engine import compile_problem
    from eegtune.search.measured import full_trial_seconds

    seconds = full_trial_seconds(compile_problem(experiment), list(trials))
    if seconds is None:
        raise ValueError(
            f"{experiment.name}: no full trial has ended yet, so nothing is measured; plan the "
            "Experiment's file with --trial-minutes"
        )
    spent = _spent_hours(trials)
    left = max(0.0, budget_hours - spent)
    at_once = slots or experiment.spec.parallel_trial_count
    buys = int(left * 3600 / seconds + 1e-9) * at_once
    ended = sum(trial.condition.is_completed for trial in trials)
    most = experiment.spec.max_trial_count
    planned = None if most is None else max(0, most - ended)
    total = ended + (buys if planned is None else min(buys, planned))
    return Replanned(ended, spent, left, seconds / 60, buys, planned, total)


def told(run: Path, found: Replanned, warning: Crowded | None) -> list[str]:
    """Return the plan as sentences."""
    lines = [
        f"{found.ended} trials in {_duration(found.spent_hours)}, {found.trial_minutes:.3g} min a "
        f"trial (measured); the {_duration(found.left_hours)} that are left buy {found.buys} more"
    ]
    if found.planned is not None and found.buys < found.planned:
        lines.append(
            f"maxTrialCount would take {found.planned} more, which do not fit: eegtune scale "
            f"{run} --max-trials {found.total}"
        )
    elif found.planned is not None and found.buys > found.planned:
        lines.append(
            f"maxTrialCount ends it after {found.planned} more; for all that fits: eegtune scale "
            f"{run} --max-trials {found.ended + found.buys}"
        )
    return [*lines, *([f"warning: {warning.text()}"] if warning else [])]


def _spent_hours(trials: Sequence[Trial]) -> float:
    starts = [trial.start_time for trial in trials if trial.start_time]
    ends = [trial.completion_time for trial in trials if trial.completion_time]
    if not starts or not ends:
        return 0.0
    return max(0.0, (max(ends) - min(starts)).total_seconds() / 3600)


def _crowded(folder: Path, experiment: Experiment, trials: int) -> Crowded | None:
    from eegtune.report.analysis.importances import importances, shares_of
    from eegtune.report.analysis.room import crowded
    from eegtune.report.columns import parameter_columns
    from eegtune.report.reading import read_material

    if crowded(experiment, trials, {}) is None:
        return None
    material = read_material(folder)
    columns = parameter_columns(material.experiment, material.finished)
    return crowded(experiment, trials, shares_of(importances(material, columns)))


def _gain(experiment: Experiment, trials: Sequence[Trial], found: Replanned) -> Gain:
    from eegtune.search.engine import compile_problem
    from eegtune.search.gain import gain_by_chance, gain_of_run
    from eegtune.search.measured import full_values

    values: list[Any] = full_values(compile_problem(experiment), list(trials))
    objective = experiment.spec.objective
    if not values:
        return gain_by_chance(max(1, found.total))
    is_max = objective.type == "maximize"
    return gain_of_run(values, objective.objective_metric_name, is_max, max(1, found.total))


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.3g} min"
