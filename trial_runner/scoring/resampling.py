"""Bootstrap distributions of scores, over independent units and over training seeds.

Two things make a test score uncertain: which subjects (or trials) were tested, and which random
seed the model was trained with. Both are drawn again, independently of each other (the
"pigeonhole" bootstrap of Owen 2007, doi:10.1214/07-AOAS122), so that an interval speaks about the
score to expect from training once more and testing on other people.

The score of several seeds is the mean of the score of each, the expected score of one trained
model. Averaging their probabilities first would score an ensemble, another and better model than
the one that was tuned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.scoring.predictions import FloatArray, Predictions
from trial_runner.scoring.weighted import METRICS

_CELLS_AT_ONCE = 4_000_000  # bounds the memory of a chunk: 32 MB an array


def seed_scores(
    predictions: Predictions, metrics: Sequence[str], weights: FloatArray
) -> dict[str, FloatArray]:
    """Score every seed's model under every weighting.

    Args:
        predictions: What the models said.
        metrics: Names of `METRICS`.
        weights: One weight a trial, shape (weightings, trials).

    Returns:
        By metric, the scores, shape (seeds, weightings).
    """
    inputs = {name: metric_input(name, predictions.probability) for name in metrics}
    step = max(1, _CELLS_AT_ONCE // (predictions.seed_count * predictions.trial_count))
    chunks: dict[str, list[FloatArray]] = {name: [] for name in metrics}
    for start in range(0, weights.shape[0], step):
        part = weights[None, start : start + step]
        for name, values in inputs.items():
            scores = METRICS[name].score(predictions.y_true, values[:, None], part)
            chunks[name].append(scores)
    return {name: np.concatenate(parts, axis=1) for name, parts in chunks.items()}


def metric_input(metric: str, probability: FloatArray) -> NDArray[Any]:
    """Return what a metric is computed from: probabilities, or the likeliest class."""
    if METRICS[metric].takes == "ranking":
        return probability
    return np.asarray(probability.argmax(-1))


def unit_weights(predictions: Predictions, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw the units with replacement: how often each trial is in, shape (count, trials)."""
    units = predictions.unit_count
    drawn = rng.multinomial(units, np.full(units, 1 / units), size=count)
    return drawn[:, predictions.unit_of].astype(np.float64)


def resampled_means(scores: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Average the scores of seeds drawn with replacement.

    Args:
        scores: Shape (seeds, resamples).
        rng: Draws the seeds, anew for each resample.

    Returns:
        Shape (resamples,).
    """
    seeds, resamples = scores.shape
    drawn = rng.integers(seeds, size=(seeds, resamples))
    return np.asarray(np.take_along_axis(scores, drawn, axis=0).mean(axis=0))
