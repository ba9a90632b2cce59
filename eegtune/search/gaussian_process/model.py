"""The model of an Experiment's results: losses, limits and durations as Gaussian processes.

Losses are warped (the logarithm of the distance from the best one, offset by a share of the
median distance), so that differences among good points count and one terrible point does not
flatten all others. Failed trials have the worst loss seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from eegtune.search.gaussian_process.acquisition import log_feasibility
from eegtune.search.gaussian_process.kernel import Array
from eegtune.search.gaussian_process.regression import GaussianProcess, fit
from eegtune.search.gaussian_process.snapping import name_mask
from eegtune.search.history import Record, State, unit_matrix
from eegtune.search.problem import Problem
from eegtune.search.seeds import derive_seed

# Beyond so many trials a process sees the best, the newest and a random part of the others.
LARGEST_FIT = 300
_SHARE_BEST, _SHARE_NEWEST = 100, 50


@dataclass(frozen=True)
class Model:
    """Fitted processes.

    Attributes:
        loss: The (scalar) loss.
        limits: One process an outcome constraint, of the excess; it is kept below the threshold.
        thresholds: Where the standardized excess becomes too much.
        records: The completed records that were fitted, in the processes' order.
    """

    loss: GaussianProcess
    limits: tuple[GaussianProcess, ...] = ()
    thresholds: tuple[float, ...] = ()
    records: tuple[Record, ...] = field(default=(), repr=False)

    def believing(self, points: Array) -> Model:
        """Return the model had pending points turned out as expected."""
        return Model(
            self.loss.believing(points),
            tuple(limit.believing(points) for limit in self.limits),
            self.thresholds,
            self.records,
        )

    def log_feasibility(self, points: Array) -> Array:
        """Return the logarithm of the probability that all limits are kept, shape (n,)."""
        total = np.zeros(len(points))
        for process, threshold in zip(self.limits, self.thresholds, strict=True):
            mean, variance = process.posterior(points)
            total += log_feasibility(mean, np.sqrt(variance), threshold)
        return total

    def leaders(self) -> Array:
        """Return the fitted positions, the best expected first, limits considered."""
        points = np.unique(self.loss.points, axis=0)
        mean, _ = self.loss.posterior(points)
        penalty = -np.minimum(self.log_feasibility(points), 0.0)
        order: Array = points[np.argsort(mean + penalty, kind="stable")]
        return order


def fit_model(problem: Problem, records: Sequence[Record], losses: Array) -> Model:
    """Fit processes to completed records.

    Args:
        problem: The problem.
        records: Completed records.
        losses: One loss a record; not a number where it failed, shape (n,).
    """
    chosen = _subset(problem, losses)
    records = [records[i] for i in chosen]
    units = unit_matrix(records, len(problem.space.axes))
    weights = np.array([record.weight for record in records])
    is_name = name_mask(problem.space)
    loss = fit(units, warp(losses[chosen]), is_name, weights)
    limits, thresholds = [], []
    finished = [i for i, record in enumerate(records) if record.state is State.FINISHED]
    for number in range(len(problem.limits) if len(finished) > 1 else 0):
        excess = np.array([records[i].excesses[number] for i in finished])
        clipped = np.clip(excess, -2.0, 2.0)
        centre, spread = clipped.mean(), max(float(clipped.std()), 1e-9)
        limits.append(fit(units[finished], (clipped - centre) / spread, is_name))
        thresholds.append(float(-centre / spread))
    return Model(loss, tuple(limits), tuple(thresholds), tuple(records))


def warp(losses: Array) -> Array:
    """Return losses on a scale that models follow well: mean 0, deviation 1; failures worst."""
    known = losses[np.isfinite(losses)]
    if not len(known):
        return np.zeros(len(losses))
    lowest, middle = known.min(), np.median(known)
    offset = 0.05 * (middle - lowest) + 1e-12 * max(1.0, abs(lowest))
    filled = np.where(np.isfinite(losses), losses, known.max())
    warped = np.log(filled - lowest + offset)
    spread = warped.std()
    result: Array = (warped - warped.mean()) / (spread if spread > 0 else 1.0)
    return result


def _subset(problem: Problem, losses: Array) -> list[int]:
    count = len(losses)
    if count <= LARGEST_FIT:
        return list(range(count))
    order = np.argsort(np.where(np.isfinite(losses), losses, np.inf), kind="stable")
    kept = set(order[:_SHARE_BEST].tolist()) | set(range(count - _SHARE_NEWEST, count))
    generator = np.random.default_rng(derive_seed(problem.seed, "subset"))
    # One number per trial, so that the part stays the same as trials arrive.
    lottery = np.argsort(generator.random(count), kind="stable")
    for place in lottery.tolist():
        if len(kept) >= LARGEST_FIT:
            break
        kept.add(place)
    return sorted(kept)
