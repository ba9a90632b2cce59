"""Points of trials that were suggested but cannot be seen (Katib leaves some out).

A suggestion's number stands in its name, and names come back, so the gaps are known; and since
`suggest` is a function of what could be seen, asking it again as of then says what it answered.
This holds exactly while start and completion times order the trials as they were; a service that
keeps `Proposal.settings` needs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from eegtune.search.algorithms import find_algorithm
from eegtune.search.history import read_history
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.space import Point
from eegtune.search.warm_start import read_prior
from eegtune.spec.trial import Trial, TrialCondition

# Asking again costs a call of the algorithm for each lost trial; older ones are let go.
_MOST_RECENT = 24


def find_lost_points(
    problem: Problem, history: Sequence[Trial], prior: Sequence[Trial], issued: int
) -> list[Point]:
    """Return the points of suggestions whose trials are neither seen nor remembered.

    A point whose first trial failed comes too, where it was suggested once more.
    """
    pattern = re.compile(re.escape(problem.experiment.name) + r"-(\d{4,})(?:-m\d+-g\d+)?$")
    numbers = {trial.name: int(m[1]) for trial in history if (m := pattern.match(trial.name))}
    if not numbers:
        return []
    missing = sorted(set(range(issued)) - set(numbers.values()))[-_MOST_RECENT:]
    lost: list[Point] = []
    algorithm = find_algorithm(problem.algorithm)
    for number in missing:
        seen = _as_of(history, numbers, number)
        own = read_history(problem, seen)
        round_ = Round(problem, own, read_prior(problem, prior, own), number, 1)
        round_.lose(lost)
        algorithm.propose(round_)
        for suggestion in round_.proposal.suggestions:
            point = problem.space.canonical(suggestion.assignments)
            if point is not None:
                lost.append(point)
    return lost


def _as_of(history: Sequence[Trial], numbers: dict[str, int], number: int) -> list[Trial]:
    """Return the trials that could be seen when a suggestion was made, as they stood then."""
    later = [
        trial.start_time
        for trial in history
        if numbers.get(trial.name, -1) > number and trial.start_time is not None
    ]
    then = min(later, default=None)
    return [
        _as_running(trial) if _ended_after(trial, then) else trial
        for trial in history
        if numbers.get(trial.name, -1) < number
    ]


def _ended_after(trial: Trial, time: datetime | None) -> bool:
    return time is not None and trial.completion_time is not None and trial.completion_time > time


def _as_running(trial: Trial) -> Trial:
    return replace(trial, condition=TrialCondition.RUNNING, metrics={}, completion_time=None)
