"""Trials of earlier runs as prior knowledge.

Scores of another run may lie on another level (other data, other folds). Where they do, prior
losses are mapped by rank onto the distribution of the own ones, so that good stays good; before
there are own results they are standardized by rank alone. Their weight decays as own trials
arrive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import NormalDist, median

from eegtune.search.history import History, Record, State, read_trial
from eegtune.search.problem import Problem
from eegtune.spec.trial import Trial

# With so many own results a prior one counts half of what it did at the start.
_HALF_LIFE = 20
_FEWEST_TO_COMPARE = 5


def read_prior(problem: Problem, prior: Iterable[Trial], own: History) -> History:
    """Return prior trials as records on the own level; those of other spaces are left out."""
    start = float(problem.options["warm_start_weight"])
    weight = start * 0.5 ** (len(own.finished) / _HALF_LIFE)
    records = [read_trial(problem, trial, weight) for trial in prior]
    usable = [r for r in records if r is not None and r.state is not State.PENDING]
    if weight <= 0.02 or not usable:
        return History(())
    return History(tuple(_rescaled(usable, own.finished, len(problem.goals))))


def _rescaled(prior: Sequence[Record], own: Sequence[Record], goals: int) -> list[Record]:
    finished = [record for record in prior if record.state is State.FINISHED]
    columns = []
    for goal in range(goals):
        theirs = [record.losses[goal] for record in finished]
        ours = [record.losses[goal] for record in own]
        columns.append(theirs if _same_level(theirs, ours) else _by_rank(theirs, ours))
    losses = iter(zip(*columns, strict=True))
    return [
        replace(record, losses=next(losses)) if record.state is State.FINISHED else record
        for record in prior
    ]


def _same_level(theirs: Sequence[float], ours: Sequence[float]) -> bool:
    """Say whether two sets of losses overlap so well that they can be mixed as they are."""
    if len(ours) < _FEWEST_TO_COMPARE or len(theirs) < _FEWEST_TO_COMPARE:
        return len(ours) == 0
    spread = _spread(ours)
    return (
        abs(median(theirs) - median(ours)) <= spread and 0.5 <= _spread(theirs) / spread <= 2.0
        if spread > 0
        else False
    )


def _spread(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[(3 * (len(ordered) - 1)) // 4] - ordered[(len(ordered) - 1) // 4]


def _by_rank(theirs: Sequence[float], ours: Sequence[float]) -> list[float]:
    """Map losses onto a normal distribution of the own ones' median and spread, by rank."""
    if not theirs:
        return []
    middle = median(ours) if ours else 0.0
    scale = max(_spread(ours) / 1.349, 1e-12) if len(ours) > 1 else 1.0
    order = sorted(range(len(theirs)), key=lambda i: theirs[i])
    mapped = [math.nan] * len(theirs)
    for rank, place in enumerate(order):
        mapped[place] = middle + scale * NormalDist().inv_cdf((rank + 0.5) / len(theirs))
    return mapped
