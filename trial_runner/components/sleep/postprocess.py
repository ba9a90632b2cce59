"""From a classifier's probabilities to stages: averaging, the Markov model, bout rules."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.components.sleep.bouts import enforce_bouts
from trial_runner.components.sleep.markov import learn_transitions, smooth
from trial_runner.data.windows import Targets


class SmoothingSettings(NamedTuple):
    """What is done to the probabilities of a night.

    Attributes:
        smoothing_epochs: Epochs to each side over which probabilities are averaged.
        hmm: `off`, `learned` or `given`.
        hmm_weight: How far transitions count, 0 to 1.
        shortest: By stage, the fewest epochs that a bout may last.
        transitions: The given ones.
    """

    smoothing_epochs: int
    hmm: str
    hmm_weight: float
    shortest: tuple[int, ...]
    transitions: NDArray[np.float64]


class Learned(NamedTuple):
    """What the training rows say about stages: transitions (from, to) and frequencies."""

    transitions: NDArray[np.float64]
    frequencies: NDArray[np.float64]


def learn(targets: Targets, training: NDArray[np.int64]) -> Learned:
    """Learn transitions and frequencies from training rows, night by night in time order."""
    labels, nights = targets.labels[training], targets.blocks[training]
    sequences = [labels[nights == night] for night in np.unique(nights)]
    counts = np.bincount(labels, minlength=len(targets.classes)).astype(np.float64)
    return Learned(learn_transitions(sequences, len(targets.classes)), counts / counts.sum())


def postprocess(
    probabilities: NDArray[np.float64],
    nights: NDArray[np.str_],
    learned: Learned,
    settings: SmoothingSettings,
) -> NDArray[np.float64]:
    """Return probabilities (epochs, stages) whose likeliest stage obeys all rules.

    Args:
        probabilities: (epochs, stages), epochs of a night in time order.
        nights: (epochs,) names.
        learned: From training rows.
        settings: What is done.
    """
    result = np.empty_like(probabilities)
    for night in np.unique(nights):
        rows = nights == night
        result[rows] = _one_night(probabilities[rows], learned, settings)
    return result


def _one_night(
    probabilities: NDArray[np.float64], learned: Learned, settings: SmoothingSettings
) -> NDArray[np.float64]:
    if settings.smoothing_epochs:
        from scipy.ndimage import uniform_filter1d

        width = 2 * settings.smoothing_epochs + 1
        probabilities = uniform_filter1d(probabilities, width, axis=0, mode="nearest")
    if settings.hmm != "off":
        transitions = settings.transitions if settings.hmm == "given" else learned.transitions
        probabilities = smooth(
            probabilities, transitions, learned.frequencies, settings.hmm_weight
        )
    stages = enforce_bouts(probabilities.argmax(axis=1).astype(np.int64), settings.shortest)
    return _make_likeliest(probabilities, stages)


def _make_likeliest(
    probabilities: NDArray[np.float64], stages: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Exchange probabilities so that the given stage is the likeliest of each epoch."""
    result = probabilities.copy()
    rows = np.arange(len(stages))
    likeliest = probabilities.argmax(axis=1)
    result[rows, likeliest] = probabilities[rows, stages]
    result[rows, stages] = probabilities[rows, likeliest]
    return result
