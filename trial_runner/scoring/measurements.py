"""A value a subject, where there are no labels to predict: its file, interval and comparison.

An artefact rejection that no expert has looked at has no truth to agree with; what it has is a
loss on each test recording. Intervals draw subjects and seeds as those of predictions do, and the
permutation test swaps what two configurations measured, subject by subject.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trial_runner.scoring.differences import DEFAULT_PERMUTATIONS, p_value_of, unit_swaps
from trial_runner.scoring.intervals import DEFAULT_RESAMPLES, interval_of
from trial_runner.scoring.predictions import FloatArray, PredictionsError
from trial_runner.scoring.resampling import resampled_means
from trial_runner.scoring.values import Difference, Score

FILE_NAME = "measurements.npz"
TITLES = {"reconstruction_loss_microvolts": "Loss in µV"}


class Measurements(NamedTuple):
    """A metric of test subjects; the score is its mean.

    Attributes:
        metric: Its name; small values are good.
        values: (seeds, subjects).
        subjects: Their names.
    """

    metric: str
    values: FloatArray
    subjects: tuple[str, ...]


def write_measurements(
    path: Path, metric: str, values: FloatArray, subjects: Sequence[str]
) -> None:
    """Write a metric's values (seeds, recordings); recordings of a subject are averaged."""
    names, index = np.unique(list(subjects), return_inverse=True)
    mean = np.stack([values[:, index == each].mean(axis=1) for each in range(len(names))], axis=1)
    np.savez(path, metric=np.array(metric), values=mean, subjects=names)


def load_measurements(path: Path) -> Measurements:
    """Read what `write_measurements` wrote.

    Raises:
        PredictionsError: The file is missing or damaged, or its arrays do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            metric, values, subjects = (archive[name] for name in Measurements._fields)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise PredictionsError(f"{path} cannot be read: {error}") from None
    if values.ndim != 2 or values.shape[1:] != subjects.shape or not values.size:
        raise PredictionsError(
            f"{path}: values {values.shape} and subjects {subjects.shape} do not fit together"
        )
    if not np.isfinite(values).all():
        raise PredictionsError(f"{path} has values that are not finite")
    return Measurements(str(metric), values.astype(np.float64), tuple(map(str, subjects)))


def measured_score(
    measured: Measurements, *, resamples: int = DEFAULT_RESAMPLES, seed: int = 0
) -> Score:
    """Return the mean with its bootstrap interval over subjects and seeds."""
    rng = np.random.default_rng(seed)
    units = len(measured.subjects)
    by_seed = measured.values.mean(axis=1)
    drawn = measured.values @ _weights(units, resamples, rng).T
    return Score(
        interval_of(float(by_seed.mean()), resampled_means(drawn, rng), units),
        float(by_seed.std(ddof=1)) if len(by_seed) > 1 else math.nan,
    )


def measured_difference(
    tuned: Measurements,
    default: Measurements,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    permutations: int = DEFAULT_PERMUTATIONS,
    seed: int = 0,
) -> Difference:
    """Compare two configurations on the same subjects: tuned minus default.

    Raises:
        PredictionsError: They are about different subjects or metrics.
    """
    if (tuned.metric, tuned.subjects) != (default.metric, default.subjects):
        raise PredictionsError("the two measurements are not about the same subjects")
    rng = np.random.default_rng(seed)
    units = len(tuned.subjects)
    weights = _weights(units, resamples, rng).T
    first, second = (resampled_means(each.values @ weights, rng) for each in (tuned, default))
    by_subject = tuned.values.mean(axis=0) - default.values.mean(axis=0)
    value = float(by_subject.mean())
    swaps, is_exact = unit_swaps(units, permutations, rng)
    permuted = np.where(swaps, -by_subject, by_subject).mean(axis=1)
    p_value = p_value_of(permuted, value, is_exact)
    return Difference(interval_of(value, first - second, units), p_value)


def _weights(units: int, count: int, rng: np.random.Generator) -> FloatArray:
    """Return (count, units) weights of subjects drawn with replacement; a row sums to one."""
    return np.asarray(rng.multinomial(units, np.full(units, 1 / units), size=count) / units)
