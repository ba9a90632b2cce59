"""The model of an Experiment's results: losses and limits as Gaussian processes.

Losses are put on the scale that the process follows best (`warping`). Failed trials have the
worst loss seen. Another model of the losses may take the process's place (`Surrogate`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from eegtune.search.gaussian_process.acquisition import log_feasibility
from eegtune.search.gaussian_process.averaging import AveragedProcess, average
from eegtune.search.gaussian_process.kernel import Array
from eegtune.search.gaussian_process.regression import GaussianProcess, fit
from eegtune.search.gaussian_process.snapping import name_mask, positions
from eegtune.search.gaussian_process.warping import distances
from eegtune.search.history import Record, State
from eegtune.search.problem import Problem
from eegtune.search.seeds import derive_seed

# Beyond so many trials a process sees the best, the newest and a random part of the others.
LARGEST_FIT = 300
_SHARE_BEST, _SHARE_NEWEST = 100, 50


class Surrogate(Protocol):
    """A model of losses by position."""

    @property
    def points(self) -> Array:
        """The positions that it was fitted to, shape (n, d)."""

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Return mean and variance at positions, each of shape (m,)."""

    def believing(self, points: Array) -> Self:
        """Return the model had pending points turned out as expected."""


Loss = TypeVar("Loss", bound=Surrogate)


@dataclass(frozen=True)
class Model(Generic[Loss]):
    """Fitted processes.

    Attributes:
        loss: The (scalar) loss.
        limits: One process an outcome constraint, of the excess; it is kept below the threshold.
        thresholds: Where the standardized excess becomes too much.
        records: The completed records that were fitted, in the processes' order.
    """

    loss: Loss
    limits: tuple[GaussianProcess, ...] = ()
    thresholds: tuple[float, ...] = ()
    records: tuple[Record, ...] = field(default=(), repr=False)

    def believing(self, points: Array) -> Model[Loss]:
        """Return the model had pending points turned out as expected."""
        return Model(
            self.loss.believing(points),
            tuple(limit.believing(points) for limit in self.limits),
            self.thresholds,
            self.records,
        )

    def averaged(self: Model[GaussianProcess], seed: int) -> Model[AveragedProcess]:
        """Return the model with the losses' process averaged over its hyperparameters."""
        loss = average(self.loss, np.random.default_rng(seed))
        return Model(loss, self.limits, self.thresholds, self.records)

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


def fit_model(
    problem: Problem, records: Sequence[Record], losses: Array
) -> Model[GaussianProcess]:
    """Fit processes to completed records.

    Args:
        problem: The problem.
        records: Completed records.
        losses: One loss a record; not a number where it failed, shape (n,).
    """

    def fit_loss(units: Array, above: Array, weights: Array) -> GaussianProcess:
        return fit(units, above, name_mask(problem.space), weights, is_warped=True)

    return fit_model_with(problem, records, losses, fit_loss)


def fit_model_with(
    problem: Problem,
    records: Sequence[Record],
    losses: Array,
    fit_loss: Callable[[Array, Array, Array], Loss],
) -> Model[Loss]:
    """Fit another model of the losses, and processes of the limits.

    Args:
        problem: The problem.
        records: Completed records.
        losses: One loss a record; not a number where it failed, shape (n,).
        fit_loss: Fits the model to positions, distances from the best loss, and weights.
    """
    chosen = _subset(problem, losses)
    records = [records[i] for i in chosen]
    units = positions(problem, records)
    weights = np.array([record.weight for record in records])
    loss = fit_loss(units, distances(losses[chosen]), weights)
    limits, thresholds = _fit_limits(problem, records, units)
    return Model(loss, limits, thresholds, tuple(records))


def _fit_limits(
    problem: Problem, records: Sequence[Record], units: Array
) -> tuple[tuple[GaussianProcess, ...], tuple[float, ...]]:
    """Fit a process to each outcome constraint's excess; return them and their thresholds."""
    limits, thresholds = [], []
    is_name = name_mask(problem.space)
    finished = [i for i, record in enumerate(records) if record.state is State.FINISHED]
    for number in range(len(problem.limits) if len(finished) > 1 else 0):
        excess = np.array([records[i].excesses[number] for i in finished])
        clipped = np.clip(excess, -2.0, 2.0)
        centre, spread = clipped.mean(), max(float(clipped.std()), 1e-9)
        limits.append(fit(units[finished], (clipped - centre) / spread, is_name))
        thresholds.append(float(-centre / spread))
    return tuple(limits), tuple(thresholds)


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
