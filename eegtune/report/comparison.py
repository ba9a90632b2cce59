"""Compare runs: what each found, and whether one algorithm is better than another.

One run of each says nothing about algorithms: a search depends on its seed. With several runs of
each the difference of the means has a 95 % bootstrap interval over runs, and a permutation test
(exact where there are few arrangements).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean

from eegtune.execution.best import chosen_trial, objective_value
from eegtune.execution.records import TrialRecord
from eegtune.execution.store import RunStore
from eegtune.report.numbers import format_number
from eegtune.spec.experiment import Experiment, Objective

_MOST_ARRANGEMENTS = 20_000
_RESAMPLES = 5_000


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run found.

    Attributes:
        folder: Its folder.
        group: What it is compared as: its algorithm.
        metric: The objective metric.
        direction: `maximize` or `minimize`.
        trials: How many trials it made.
        seconds: How long they ran, one after another.
        best: The chosen trial's value; None where it has none.
        on_the_way: The mean of the best values after each trial: good early is good here.
        winner: The folder of the run whose trial is the chosen one: of a campaign, a phase's.
    """

    folder: str
    group: str
    metric: str
    direction: str
    trials: int
    seconds: float
    best: float | None
    on_the_way: float | None
    winner: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups of runs.

    Attributes:
        one: The first group.
        other: The second.
        runs: How many runs each has.
        difference: The means' difference, one minus other.
        low: The lower end of its 95 % interval; nan where there is none.
        high: The upper end.
        p_value: Of the permutation test; nan where there is none.
        text: The statement in words.
    """

    one: str
    other: str
    runs: tuple[int, int]
    difference: float
    low: float
    high: float
    p_value: float
    text: str


def summarize(folder: Path) -> RunSummary:
    """Read what a run has found.

    Raises:
        NoRunError: There is no run in the folder.
    """
    with RunStore.open(folder) as store:
        experiment, records = store.experiment, store.trials()
    objective = experiment.spec.objective
    chosen = chosen_trial(experiment, [record.trial for record in records])
    values = values_of(experiment, records)
    return RunSummary(
        str(folder), experiment.spec.algorithm.algorithm_name, objective.objective_metric_name,
        objective.type, len(records), sum(r.duration_seconds or 0.0 for r in records),
        None if chosen is None else objective_value(experiment, chosen),
        best_on_the_way(values, objective), str(folder),
    )  # fmt: skip


def values_of(experiment: Experiment, records: Iterable[TrialRecord]) -> list[float]:
    """Return the objective's values of the trials that have one, in their order."""
    found = (objective_value(experiment, record.trial) for record in records)
    return [value for value in found if value is not None]


def best_on_the_way(values: Sequence[float], objective: Objective) -> float | None:
    """Return the mean of the best values after each trial; None without any."""
    pick = max if objective.type == "maximize" else min
    best_so_far = [pick(values[: index + 1]) for index in range(len(values))]
    return fmean(best_so_far) if best_so_far else None


def contrasts(runs: Sequence[RunSummary]) -> list[Contrast]:
    """Return a contrast for each pair of groups.

    Raises:
        ValueError: Runs have different objectives, or one has no result.
    """
    objectives = {(run.metric, run.direction) for run in runs}
    if len(objectives) > 1:
        shown = ", ".join(f"{metric} ({direction})" for metric, direction in sorted(objectives))
        raise ValueError(f"the runs have different objectives, {shown}; they do not compare")
    groups: dict[str, list[float]] = {}
    for run in runs:
        if run.best is None:
            raise ValueError(f"{run.folder}: no trial has a result yet")
        groups.setdefault(run.group, []).append(run.best)
    sign = 1.0 if runs[0].direction == "maximize" else -1.0
    return [_contrast(one, groups[one], other, groups[other], sign)
            for one, other in combinations(groups, 2)]  # fmt: skip


def _contrast(
    one: str, values: Sequence[float], other: str, others: Sequence[float], sign: float
) -> Contrast:
    difference = fmean(values) - fmean(others)
    runs = (len(values), len(others))
    if min(runs) < 2:
        text = (
            f"{one} and {other} differ by {difference:+.4g}; with one run of "
            f"{one if runs[0] < 2 else other} that says nothing about the algorithms. Run each "
            "with several seeds (random_state) and compare all runs"
        )
        return Contrast(one, other, runs, difference, math.nan, math.nan, math.nan, text)
    low, high = _interval(values, others)
    p_value = permutation_p(values, others)
    text = _statement(one, other, runs, (difference, low, high), p_value, sign)
    return Contrast(one, other, runs, difference, low, high, p_value, text)


def _statement(
    one: str, other: str, runs: tuple[int, int], found: tuple[float, float, float],
    p_value: float, sign: float,
) -> str:  # fmt: skip
    difference, low, high = found
    numbers = (
        f"{difference:+.4g} (95 % interval {low:+.4g} to {high:+.4g}; permutation test p "
        f"{p_value:.3f}; {runs[0]} against {runs[1]} runs)"
    )
    if p_value < 0.05:
        better = one if sign * difference > 0 else other
        return f"{better} is better: {one} minus {other} is {numbers}"
    return f"no difference can be told: {one} minus {other} is {numbers}"


def permutation_p(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the two-sided p-value of the difference of means; exact where that is cheap.

    >>> permutation_p([3.0, 4.0, 5.0], [0.0, 1.0, 2.0])
    0.1
    """
    import numpy as np

    pool, count = np.array([*values, *others]), len(values)
    observed = abs(fmean(values) - fmean(others)) - 1e-12
    total = float(pool.sum())

    def gap(first: float) -> float:
        return abs(first / count - (total - first) / (len(pool) - count))

    if math.comb(len(pool), count) <= _MOST_ARRANGEMENTS:
        gaps = [
            gap(float(pool[list(each)].sum())) for each in combinations(range(len(pool)), count)
        ]
        return sum(each >= observed for each in gaps) / len(gaps)
    random = np.random.default_rng(0)
    gaps = [gap(float(random.permutation(pool)[:count].sum())) for _ in range(_RESAMPLES)]
    return (1 + sum(each >= observed for each in gaps)) / (1 + len(gaps))


def _interval(values: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    random = np.random.default_rng(0)
    one, other = np.array(values), np.array(others)
    means = (random.choice(one, (_RESAMPLES, len(one))).mean(axis=1)
             - random.choice(other, (_RESAMPLES, len(other))).mean(axis=1))  # fmt: skip
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def table(runs: Sequence[RunSummary]) -> list[tuple[str, ...]]:
    """Return rows of a table, the head first."""
    head: tuple[str, ...] = (
        "run", "algorithm", "trials", "slot seconds", "best", "best on the way"
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (run.folder, run.group, str(run.trials), f"{run.seconds:,.0f}",
         format_number(run.best), format_number(run.on_the_way))
        for run in runs
    ]  # fmt: skip
    return [head, *rows]
