"""Ensembles of trees in the place of a Gaussian process: Katib's RF, ET and GBRT.

As scikit-optimize has them: forests of 100 trees with at least 3 results a leaf, whose variance is
that between trees plus that within leaves (Hutter et al. 2014); gradient-boosted quantiles, whose
deviation is half the distance of the 16 % and 84 % ones. Names are one column a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from eegtune.search.gaussian_process.kernel import Array

KINDS = ("RF", "ET", "GBRT")
_TREES, _FEWEST_IN_LEAF, _BOOSTED = 100, 3, 30
_QUANTILES = (0.16, 0.5, 0.84)


class Predictor(Protocol):
    """What is fitted to results."""

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return mean and variance, each of shape (m,)."""


@dataclass(frozen=True)
class Ensemble:
    """Observations and the trees that are fitted to them.

    Attributes:
        points: Positions in the unit cube, shape (n, d).
        values: Standardized losses, shape (n,).
        weights: How much each observation counts, shape (n,).
        sizes: How many values each parameter of names has; 0 for numbers.
        kind: RF, ET or GBRT.
        seed: Of the trees.
    """

    points: Array
    values: Array
    weights: Array
    sizes: tuple[int, ...]
    kind: str
    seed: int

    @cached_property
    def _fitted(self) -> Predictor:
        build = _Quantiles if self.kind == "GBRT" else _Forest
        return build(self, encode(self.points, self.sizes))

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Return mean and variance at positions, each of shape (m,)."""
        mean, variance = self._fitted.predict(encode(points, self.sizes))
        return mean, np.maximum(variance, 1e-12)

    def believing(self, points: Array) -> Ensemble:
        """Return the ensemble had pending points turned out as expected."""
        if not len(points):
            return self
        mean, _ = self.posterior(points)
        return replace(
            self,
            points=np.vstack([self.points, points]),
            values=np.concatenate([self.values, mean]),
            weights=np.concatenate([self.weights, np.ones(len(points))]),
        )


class _Forest:
    """Trees on random parts of the results (RF) or with random splits (ET)."""

    def __init__(self, seen: Ensemble, features: Array) -> None:
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        build: Any = RandomForestRegressor if seen.kind == "RF" else ExtraTreesRegressor
        forest = build(_TREES, min_samples_leaf=_FEWEST_IN_LEAF, random_state=seen.seed)
        forest.fit(features, seen.values, sample_weight=_uneven(seen.weights))
        self._trees: Sequence[Any] = forest.estimators_

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return mean and variance by the law of total variance."""
        # Trees read 32-bit numbers; converting once saves most of the time.
        small = features.astype(np.float32)
        leaves = [tree.tree_.apply(small) for tree in self._trees]
        trees = [tree.tree_ for tree in self._trees]
        means = np.array([t.value[leaf, 0, 0] for t, leaf in zip(trees, leaves, strict=True)])
        within = np.array([t.impurity[leaf] for t, leaf in zip(trees, leaves, strict=True)])
        return means.mean(axis=0), within.mean(axis=0) + means.var(axis=0)


class _Quantiles:
    """Boosted trees, one sequence a quantile."""

    def __init__(self, seen: Ensemble, features: Array) -> None:
        from sklearn.ensemble import GradientBoostingRegressor

        self._models: list[Any] = [
            GradientBoostingRegressor(
                loss="quantile", alpha=quantile, n_estimators=_BOOSTED, random_state=seen.seed
            ).fit(features, seen.values, sample_weight=_uneven(seen.weights))
            for quantile in _QUANTILES
        ]

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return the median and the squared half distance of the outer quantiles."""
        low, middle, high = (model.predict(features) for model in self._models)
        return middle, ((high - low) / 2.0) ** 2


def _uneven(weights: Array) -> Array | None:
    """Return weights, or None where all count alike: scikit-learn then draws as without any."""
    return None if (weights == 1.0).all() else weights


def encode(points: Array, sizes: Sequence[int]) -> Array:
    """Return positions with one column for each value of a parameter of names."""
    columns = []
    for place, size in enumerate(sizes):
        column = points[:, place]
        if size:
            chosen = np.minimum((column * size).astype(int), size - 1)
            columns.append((chosen[:, None] == np.arange(size)).astype(float))
        else:
            columns.append(column[:, None])
    return np.hstack(columns)
