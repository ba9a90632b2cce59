"""Signal features of windows that no training has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.load import PartOfData
from trial_runner.data.windows import Windows
from trial_runner.features.extract import PER_WINDOW, development_mean
from trial_runner.features.tangent_space import covariances, project

REFERENCE = "riemannian_mean"


def fitted_arrays(development: PartOfData, feature_set: str) -> dict[str, NDArray[Any]]:
    """Return what the features of new windows need of the training windows."""
    if "tangent_space" not in feature_set.split("+"):
        return {}
    return {REFERENCE: development_mean(development)}


def window_features(
    windows: Windows, feature_set: str, fitted: Mapping[str, NDArray[Any]]
) -> NDArray[np.float32]:
    """Return features (n, dimensions) of windows, as the training windows had them."""
    blocks = []
    for name in feature_set.split("+"):
        if name == "tangent_space":
            matrices = np.asarray(covariances(windows), np.float64)
            blocks.append(project(matrices, fitted[REFERENCE]))
        else:
            blocks.append(np.asarray(PER_WINDOW[name](windows), np.float32))
    return np.concatenate(blocks, axis=1)
