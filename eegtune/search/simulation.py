"""A search in virtual time: parallel slots, trials that take a while, and failures.

No clock is read: a trial ends when its duration has passed in the simulation. With a budget
parameter a trial continues what was trained of its configuration before, as real ones do, and
takes only the difference.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from eegtune.search.engine import suggest
from eegtune.search.proposal import Suggestion
from eegtune.search.seeds import derive_seed
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import PARENT_LABEL
from eegtune.spec.trial import Trial, TrialCondition

START = datetime(2000, 1, 1, tzinfo=UTC)


class Outcome(NamedTuple):
    """What a trial reports and how long it takes from scratch."""

    metrics: Mapping[str, float]
    seconds: float


# Gets the values and how often they were evaluated before.
Evaluate = Callable[[Mapping[str, str], int], Outcome]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a simulated search ends, and what goes wrong.

    Attributes:
        slots: Trials that run at once.
        trials: The largest number of trials.
        seconds: The virtual time, without a limit where None.
        failure_rate: The share of trials that fail at a random moment.
        resource: The budget parameter whose earlier rungs need not be paid again, if any.
    """

    slots: int = 1
    trials: int = 100
    seconds: float | None = None
    failure_rate: float = 0.0
    resource: str | None = None


def simulate(experiment: Experiment, evaluate: Evaluate, limits: Limits) -> list[Trial]:
    """Run a search in virtual time; return the trials that ended, in order of their starts."""
    trials: list[Trial] = []
    running: list[tuple[float, int, Trial]] = []
    now, is_exhausted = 0.0, False
    while True:
        free = min(limits.slots - len(running), limits.trials - len(trials))
        while free > 0 and not is_exhausted:
            proposal = suggest(experiment, trials, count=free)
            is_exhausted = proposal.exhausted and not running
            for suggestion in proposal.suggestions:
                trial = _started(experiment, suggestion, len(trials), now)
                ended, seconds = _run(experiment, trial, trials, evaluate, limits)
                heapq.heappush(running, (now + seconds, len(trials), ended))
                trials.append(trial)
            if not proposal.suggestions:
                break
            free = min(limits.slots - len(running), limits.trials - len(trials))
        if not running:
            break
        now, place, ended = heapq.heappop(running)
        if limits.seconds is not None and now > limits.seconds:
            break
        trials[place] = replace(ended, completion_time=START + timedelta(seconds=now))
    return [trial for trial in trials if trial.condition.is_completed]


def _started(experiment: Experiment, suggestion: Suggestion, place: int, now: float) -> Trial:
    return Trial(
        suggestion.name or f"{experiment.name}-{place:04d}",
        suggestion.assignments,
        TrialCondition.RUNNING,
        labels=suggestion.labels,
        start_time=START + timedelta(seconds=now),
    )


def _run(
    experiment: Experiment, trial: Trial, earlier: list[Trial], evaluate: Evaluate, limits: Limits
) -> tuple[Trial, float]:
    """Return a trial as it will end, and how long that takes."""
    repeats = sum(1 for other in earlier if other.assignments == trial.assignments)
    outcome = evaluate(trial.assignments, repeats)
    seconds = max(outcome.seconds - _paid(trial, earlier, outcome.seconds, limits), 1e-6)
    lottery = derive_seed(experiment.name, "failure", len(earlier), repeats) / 2**32
    if lottery < limits.failure_rate:
        share = derive_seed(experiment.name, "moment", len(earlier)) / 2**32
        return replace(trial, condition=TrialCondition.FAILED), max(seconds * share, 1e-6)
    ended = replace(trial, condition=TrialCondition.SUCCEEDED, metrics=dict(outcome.metrics))
    return ended, seconds


def _paid(trial: Trial, earlier: list[Trial], seconds: float, limits: Limits) -> float:
    """Return what was already spent on this configuration's lower budgets."""
    name = limits.resource
    if name is None:
        return 0.0
    budget = float(trial.assignments[name])
    parent = trial.labels.get(PARENT_LABEL)
    own = {key: value for key, value in trial.assignments.items() if key != name}
    lower = [
        float(other.assignments[name])
        for other in earlier
        if other.condition is TrialCondition.SUCCEEDED
        and (
            other.name == parent
            if parent
            else {k: v for k, v in other.assignments.items() if k != name} == own
        )
        and float(other.assignments[name]) < budget
    ]
    return seconds * max(lower, default=0.0) / budget


def elapsed_seconds(trial: Trial) -> float:
    """Return when a simulated trial ended, in seconds since the start."""
    return (trial.completion_time - START).total_seconds() if trial.completion_time else 0.0
