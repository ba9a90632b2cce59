"""What a campaign says: its phases, how each ends, and how it all ended."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegtune.campaign.order import Step
    from eegtune.campaign.outcomes import Outcome
    from eegtune.campaign.run import CampaignResult
    from eegtune.execution.observer import Observer
    from eegtune.spec import Experiment


class Teller:
    """Prints a heading a phase and lets the usual views show its trials."""

    def __init__(self, quiet: bool, is_plain: bool) -> None:
        self._quiet = quiet
        self._is_plain = is_plain  # the live view has room for one phase

    def phase_begins(self, step: Step, experiment: Experiment, number: int, of: int) -> None:
        """Say which phase begins, and how much of the space it searches."""
        if self._quiet:
            return
        free = searched(experiment)
        click.echo(
            click.style(f"Phase {number} of {of}: {step.name}", bold=True)
            + f"  searches {len(free)} of {len(experiment.spec.parameters)} parameters"
        )

    def phase_ended(self, outcome: Outcome, why: str) -> None:
        """Say what a phase has found, and of an ablation what each change is worth."""
        from eegtune.cli.text import format_number

        if self._quiet:
            return
        metric = outcome.experiment.spec.objective.objective_metric_name
        best = "no result" if outcome.value is None else f"{metric} {format_number(outcome.value)}"
        click.echo(f"{outcome.name}: {best} in {len(outcome.trials)} trials; {why}")
        if outcome.experiment.spec.algorithm.algorithm_name == "manual":
            _print_effects(outcome)

    def watch(self, folder: Path) -> AbstractContextManager[Observer]:
        """Give the view of a phase's trials."""
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


def searched(experiment: Experiment) -> list[str]:
    """Return the parameters that a phase searches."""
    from eegtune.campaign.spaces import is_frozen

    return [each.name for each in experiment.spec.parameters if not is_frozen(each)]


def print_phases(phases: dict[str, Experiment]) -> None:
    """Say what would be run."""
    for name, experiment in phases.items():
        spec = experiment.spec
        free = searched(experiment)
        click.echo(f"{name}: {spec.algorithm.algorithm_name}, up to {spec.max_trial_count} "
                   f"trials, searches {', '.join(free)}")  # fmt: skip


def print_ending(result: CampaignResult, folder: Path, file: Path, place: str) -> None:
    """Say how a campaign ended, what it found, and how to go on."""
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
