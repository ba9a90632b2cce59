"""A process averaged over the hyperparameters that the results allow, not only the likeliest.

With few results many lengthscales explain them about as well. The likeliest ones alone are too
sure of what a parameter does: a search then stays where it is. The posterior of the logarithms
of the hyperparameters is taken to be normal about its maximum (Laplace's approximation), and the
processes of some draws are averaged as Snoek et al. (2012) do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eegtune.search.gaussian_process.kernel import Array, squared_differences
from eegtune.search.gaussian_process.likelihood import Observations, loss_with_gradient
from eegtune.search.gaussian_process.regression import (
    GaussianProcess,
    Hyperparameters,
    within_bounds,
)

# Draws come in pairs on both sides of the maximum, so that they are balanced.
_PAIRS = 4
_STEP = 0.05
# So many results leave little doubt about the hyperparameters, and averaging takes nine times
# as long.
_MANY = 150
# The curvature of the priors alone, about: results never make the logarithms less sure.
_LEAST_CURVATURE = 0.25


@dataclass(frozen=True)
class AveragedProcess:
    """Processes of the same results with different hyperparameters.

    Attributes:
        parts: The processes; each counts the same.
    """

    parts: Sequence[GaussianProcess]

    @property
    def points(self) -> Array:
        """The positions that they were fitted to, shape (n, d)."""
        return self.parts[0].points

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Return mean and variance of the mixture at positions, each of shape (m,)."""
        found = [part.posterior(points) for part in self.parts]
        means = np.array([mean for mean, _ in found])
        within = np.array([variance for _, variance in found])
        return means.mean(axis=0), within.mean(axis=0) + means.var(axis=0)

    def believing(self, points: Array) -> AveragedProcess:
        """Return the processes had pending points turned out as each expects."""
        return AveragedProcess(tuple(part.believing(points) for part in self.parts))


def average(process: GaussianProcess, generator: np.random.Generator) -> AveragedProcess:
    """Return a fitted process with others that the same results allow; alone where these are many.

    Args:
        process: The process, its hyperparameters the likeliest ones.
        generator: Random numbers.
    """
    if len(process.points) > _MANY:
        return AveragedProcess((process,))
    known = process.hyperparameters
    centre = np.log(np.concatenate([known.precisions, [known.scale, known.noise]]))
    curvatures, directions = np.linalg.eigh(_curvature(process, centre))
    deviations = 1.0 / np.sqrt(np.maximum(curvatures, _LEAST_CURVATURE))
    normal = generator.normal(size=(_PAIRS, len(centre)))
    steps = (np.vstack([normal, -normal]) * deviations) @ directions.T
    drawn = (_replaced(process, centre + step) for step in steps)
    return AveragedProcess((process, *drawn))


def _replaced(process: GaussianProcess, logarithms: Array) -> GaussianProcess:
    found = np.exp(within_bounds(logarithms))
    known = Hyperparameters(found[:-2], float(found[-2]), float(found[-1]))
    return replace(process, hyperparameters=known)


def _curvature(process: GaussianProcess, centre: Array) -> Array:
    """Return the second derivatives of the negative log posterior, by differences of the first."""
    count, dimensions = process.points.shape
    squared = squared_differences(process.points, process.points, process.is_name)
    squared = squared.reshape(dimensions, count * count)
    seen = Observations(squared, process.values, 1.0 / process.weights, is_warped=False)

    def slope(logarithms: Array) -> Array:
        # The scale of the losses stays as it was found; its offset is no part of this.
        return loss_with_gradient(np.append(logarithms, 0.0), seen)[1][:-1]

    steps = _STEP * np.eye(len(centre))
    rows = [(slope(centre + step) - slope(centre - step)) / (2 * _STEP) for step in steps]
    curvature = np.array(rows)
    result: Array = (curvature + curvature.T) / 2
    return result
