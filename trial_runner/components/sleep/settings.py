"""From arguments to the settings of each step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.components.sleep import BAND_EDGES, TREES
from trial_runner.components.sleep.classifiers import TreeSettings
from trial_runner.components.sleep.context import Windows
from trial_runner.components.sleep.markov import GIVEN_TRANSITIONS
from trial_runner.components.sleep.night_features import Channels
from trial_runner.components.sleep.postprocess import SmoothingSettings
from trial_runner.components.sleep.table import FeatureSettings
from trial_runner.errors import UsageError
from trial_runner.hyperparameters import Value

_BANDS = ("delta", "theta", "alpha", "sigma", "beta", "gamma", "end")
_BOUTS = ("min_bout_w", "min_bout_n1", "min_bout_n2", "min_bout_n3", "min_bout_rem")


def feature_settings(arguments: Arguments) -> FeatureSettings:
    """Return how features are made."""
    edges = [arguments.number(edge.name) for edge in BAND_EDGES]
    options = arguments.options
    return FeatureSettings(
        dict(zip(_BANDS, edges, strict=True)),
        arguments.text("features"),
        Windows(
            arguments.whole("neighbour_epochs"),
            arguments.whole("context_epochs"),
            arguments.whole("long_epochs"),
        ),
        arguments.is_on("night_normalisation"),
        Channels(options["eeg_channel"], options["eog_channel"], options["emg_channel"]),
    )


def tree_settings(arguments: Arguments) -> TreeSettings:
    """Return the trees' parameters."""
    return TreeSettings(
        arguments.text("classifier"),
        arguments.whole("n_estimators"),
        arguments.whole("max_depth"),
        *(arguments.number(name) for name in TreeSettings._fields[3:]),
    )


def tree_hyperparameters(arguments: Arguments) -> dict[str, Value]:
    """Return the hyperparameters that the trees' seed depends on.

    Smoothing is not among them: trials that differ only there share their trees.
    """
    names = {parameter.name for parameter in TREES}
    return {name: value for name, value in arguments.hyperparameters.items() if name in names}


def smoothing_settings(arguments: Arguments) -> SmoothingSettings:
    """Return what is done to the probabilities.

    Raises:
        UsageError: The file of transitions cannot be used.
    """
    path = arguments.options["transitions"]
    return SmoothingSettings(
        arguments.whole("smoothing_epochs"),
        arguments.text("hmm"),
        arguments.number("hmm_weight"),
        tuple(arguments.whole(name) for name in _BOUTS),
        read_transitions(Path(path)) if path else GIVEN_TRANSITIONS,
    )


def read_transitions(path: Path) -> NDArray[np.float64]:
    """Read a transition matrix.

    Raises:
        UsageError: It is no 5 × 5 table of numbers, or a row does not sum to one.
    """
    try:
        matrix = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise UsageError(f"--transitions: {path} cannot be read: {error}") from None
    size = len(_BOUTS)
    if matrix.shape != (size, size) or (matrix < 0).any():
        raise UsageError(
            f"--transitions: {path} has shape {matrix.shape}; expected 5 rows of 5 numbers from 0"
        )
    if not np.allclose(matrix.sum(axis=1), 1.0, atol=0.01):
        row = int(np.argmax(np.abs(matrix.sum(axis=1) - 1)))
        raise UsageError(
            f"--transitions: row {row + 1} of {path} sums to {matrix[row].sum():g}; expected 1"
        )
    return matrix
