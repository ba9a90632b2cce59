"""What a phase has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eegtune.campaign.probing import is_repeated
from eegtune.execution.best import best_trials, chosen_trial, objective_value
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment, Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """A phase that has ended.

    Attributes:
        name: The phase's step.
        experiment: The Experiment that was run.
        trials: Its trials.
        best: The trial whose configuration is to be used; None where no trial counts.
    """

    name: str
    experiment: Experiment
    trials: tuple[Trial, ...]
    best: Trial | None

    @property
    def value(self) -> float | None:
        """The objective of the best trial."""
        return None if self.best is None else objective_value(self.experiment, self.best)


def read_outcome(name: str, store: RunStore) -> Outcome:
    """Return what a run has found so far."""
    experiment = store.experiment
    trials = tuple(record.trial for record in store.trials())
    return Outcome(name, experiment, trials, chosen_trial(experiment, trials))


def leading(outcomes: Sequence[Outcome], experiment: Experiment) -> Outcome | None:
    """Return the outcome with the best value of an Experiment's objective; None without one.

    Of equal ones the latest leads: its search has seen what the others found. Phases of repeats
    are left out: the best of several scores of one configuration is best by luck.
    """
    objective = experiment.spec.objective
    found: Outcome | None = None
    for outcome in outcomes:
        if is_repeated(outcome.experiment):
            continue
        own = outcome.experiment.spec.objective
        comparable = (own.objective_metric_name, own.type) == (
            objective.objective_metric_name,
            objective.type,
        )
        if not comparable or outcome.value is None:
            continue
        if found is None or not objective.is_better(found.value or 0.0, outcome.value):
            found = outcome
    return found


def top_values(outcomes: Sequence[Outcome], name: str, count: int) -> list[str]:
    """Return a parameter's values in the best trials of all outcomes together."""
    if not outcomes:
        return []
    trials = [trial for outcome in outcomes for trial in outcome.trials]
    best = best_trials(outcomes[-1].experiment, trials, count)
    return [trial.assignments[name] for trial in best if name in trial.assignments]
