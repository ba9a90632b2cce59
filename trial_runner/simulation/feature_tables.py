"""A table of features whose classes differ by known patterns, seen through persons who differ.

Every class has a smooth pattern over the features. A person's rows carry it more or less
strongly, on an offset of its own that is larger than the pattern: what a split that is not
grouped by person would be fooled by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Targets

_SMOOTH_FEATURES = 6


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is planted.

    Attributes:
        subjects: Number of persons.
        rows: Rows of each.
        features: Number of features.
        classes: Number of classes.
        effect: Deviation of a class's pattern over features, in deviations of the noise.
        subject_spread: Deviation of a person's offset over features, in the same unit; the
            strength of the pattern varies by half of it over persons.
        seed: Decides everything.
    """

    subjects: int = 12
    rows: int = 50
    features: int = 167
    classes: int = 5
    effect: float = 0.4
    subject_spread: float = 0.8
    seed: int = 0


class FeatureTable(NamedTuple):
    """Rows of features (n, features) with labels and persons."""

    features: NDArray[np.float32]
    targets: Targets


def simulate_table(plan: TablePlan, names: tuple[str, ...] = ()) -> FeatureTable:
    """Return the table; a person's rows depend on its number and the seed alone.

    Args:
        plan: What is planted.
        names: Of the classes; numbers where absent.
    """
    patterns = _patterns(plan)
    people = [_person(plan, patterns, index) for index in range(plan.subjects)]
    labels = np.tile(np.arange(plan.rows) % plan.classes, plan.subjects).astype(np.int64)
    subjects = np.repeat([f"S{index + 1:03d}" for index in range(plan.subjects)], plan.rows)
    blocks = np.array([f"{name}:{row}" for row, name in enumerate(subjects)])
    classes = names or tuple(f"class {index}" for index in range(plan.classes))
    return FeatureTable(np.concatenate(people), Targets(labels, subjects, blocks, classes))


def _patterns(plan: TablePlan) -> NDArray[np.float64]:
    rng = np.random.default_rng((plan.seed, 0))
    return plan.effect * _smooth(rng, (plan.classes, plan.features))


def _person(plan: TablePlan, patterns: NDArray[np.float64], index: int) -> NDArray[np.float32]:
    rng = np.random.default_rng((plan.seed, 1, index))
    offset = plan.subject_spread * _smooth(rng, (1, plan.features))
    strength = float(np.exp(0.5 * plan.subject_spread * rng.standard_normal()))
    labels = np.arange(plan.rows) % plan.classes
    noise = rng.standard_normal((plan.rows, plan.features))
    return (offset + strength * patterns[labels] + noise).astype(np.float32)


def _smooth(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return noise of deviation 1 that neighbouring features share."""
    rows, features = shape
    kernel = np.hanning(_SMOOTH_FEATURES + 2)[1:-1]
    drawn = rng.standard_normal((rows, features + _SMOOTH_FEATURES - 1))
    smooth = np.stack([np.convolve(row, kernel, mode="valid") for row in drawn])
    return np.asarray(smooth / np.sqrt((kernel**2).sum()))
