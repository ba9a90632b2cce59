"""Feature sets by name, one matrix a fold, computed once and cached by content."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import Arrays, cached, code_version, content_key
from trial_runner.data.load import PartOfData
from trial_runner.data.windows import Windows
from trial_runner.features import band_power, slow_potentials, tangent_space
from trial_runner.features.band_power import log_band_power
from trial_runner.features.slow_potentials import baseline_corrected_slow_potentials
from trial_runner.features.slow_potentials import slow_potentials as absolute_slow_potentials
from trial_runner.features.tangent_space import covariances, project, riemannian_mean

Rows = NDArray[np.int64]
Features = NDArray[np.float32]

PER_WINDOW: dict[str, Callable[[Windows], NDArray[np.floating]]] = {
    "band_power": log_band_power,
    "slow_potentials": absolute_slow_potentials,
    "slow_potentials_baseline": baseline_corrected_slow_potentials,
    "covariances": covariances,
}


def fold_features(data: PartOfData, feature_set: str, training: Sequence[Rows]) -> Features:
    """Return features (folds, n, dimensions) of all windows of a part.

    Args:
        data: The part of a data set.
        feature_set: Names joined by `+`.
        training: Of each fold, the rows that anything fitted may see.
    """
    parts = [_one(data, name, training) for name in feature_set.split("+")]
    return np.concatenate(parts, axis=2)


def train_and_test_features(
    development: PartOfData, test: PartOfData, feature_set: str
) -> tuple[Features, Features]:
    """Return features (n, dimensions) of both parts; what is fitted sees the first only."""
    names = feature_set.split("+")
    everything = [np.arange(len(development.targets.labels))]
    known = [_one(development, name, everything)[0] for name in names]
    unknown = [
        _project_test(development, test) if name == "tangent_space" else _per_window(test, name)
        for name in names
    ]
    return np.concatenate(known, axis=1), np.concatenate(unknown, axis=1)


def _one(data: PartOfData, name: str, training: Sequence[Rows]) -> Features:
    if name == "tangent_space":
        return _tangent(data, training)
    features = _per_window(data, name)
    return np.broadcast_to(features, (len(training), *features.shape))


def _per_window(data: PartOfData, name: str) -> Features:
    def compute() -> Arrays:
        return {"values": PER_WINDOW[name](data.windows())}

    key = content_key(data.key, name, code_version(band_power, slow_potentials, tangent_space))
    values = cached(data.cache, f"features-{name}", key, compute)["values"]
    return np.asarray(values, np.float32 if name != "covariances" else np.float64)


def _tangent(data: PartOfData, training: Sequence[Rows]) -> Features:
    def compute() -> Arrays:
        matrices = np.asarray(_per_window(data, "covariances"), np.float64)
        return {
            "values": np.stack(
                [project(matrices, riemannian_mean(matrices[rows])) for rows in training]
            )
        }

    folds = [rows.tolist() for rows in training]
    key = content_key(data.key, "tangent_space", folds, code_version(tangent_space))
    return np.asarray(
        cached(data.cache, "features-tangent_space", key, compute)["values"], np.float32
    )


def development_mean(development: PartOfData) -> NDArray[np.float64]:
    """Return the Riemannian mean (channels, channels) of a part's covariances."""
    return riemannian_mean(np.asarray(_per_window(development, "covariances"), np.float64))


def _project_test(development: PartOfData, test: PartOfData) -> Features:
    unknown = np.asarray(_per_window(test, "covariances"), np.float64)
    return project(unknown, development_mean(development))
