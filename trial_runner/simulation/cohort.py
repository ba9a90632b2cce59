"""A cohort whose classes differ in alpha and beta rhythms by a known amount.

Every subject has a 1/f background mixed to the montage, an occipital alpha rhythm and a central
beta rhythm. Class 1 differs from class 0 in the rhythms' log power by the planted effects.
Subjects differ in strength, frequency and topography, so that a person is easily recognised:
what a split that is not grouped by subject would be fooled by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Targets, Windows
from trial_runner.simulation.montage import CHANNELS_1020, mixing_matrix, positions
from trial_runner.simulation.noise import background, rhythm

ALPHA_HZ, BETA_HZ = 10.0, 20.0
_ALPHA_SITE, _BETA_SITE = "Pz", "C3"
_BACKGROUND_SOURCES = 30


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """What is planted.

    Attributes:
        subjects: Number of subjects.
        windows: Windows of each subject.
        window_seconds: Length of a window.
        sfreq_hz: Sampling frequency.
        alpha_effect: Natural logarithm of class 1's alpha power over class 0's.
        beta_effect: The same of beta.
        subject_spread: Standard deviation over subjects of the rhythms' log amplitude; the
            frequencies and the topography vary in proportion.
        labels: `window`: both classes in every subject; `subject`: one class a subject, drawn at
            random, so that with effects of 0 nothing but the person can be learnt.
        seed: Decides everything.
    """

    subjects: int = 12
    windows: int = 40
    window_seconds: float = 2.0
    sfreq_hz: float = 128.0
    alpha_effect: float = 0.8
    beta_effect: float = -0.4
    subject_spread: float = 0.3
    labels: Literal["window", "subject"] = "window"
    seed: int = 0


class _Person(NamedTuple):
    mixing: NDArray[np.float64]
    alpha_hz: float
    beta_hz: float
    alpha_microvolts: float
    beta_microvolts: float
    exponent: float


def simulate_cohort(plan: CohortPlan) -> Windows:
    """Return the cohort's labelled windows (subjects · windows, 19, samples) in volts.

    A subject's windows depend on its number and the seed alone: more subjects change nothing
    about those there are.
    """
    labels = _labels(plan)
    signal = np.concatenate([_subject(plan, i, labels[i]) for i in range(plan.subjects)])
    names = np.repeat([f"S{index + 1:03d}" for index in range(plan.subjects)], plan.windows)
    blocks = np.array([f"{name}:{index % plan.windows}" for index, name in enumerate(names)])
    targets = Targets(labels.reshape(-1), names, blocks, ("low", "high"))
    return Windows(signal, targets, plan.sfreq_hz, CHANNELS_1020)


def _labels(plan: CohortPlan) -> NDArray[np.int64]:
    """Return the classes (subjects, windows); both appear equally often, or nearly."""
    if plan.labels == "window":
        return np.tile(np.arange(plan.windows) % 2, (plan.subjects, 1)).astype(np.int64)
    rng = np.random.default_rng((plan.seed, 0))
    of_subject = rng.permutation(np.arange(plan.subjects) % 2)
    return np.repeat(of_subject[:, None], plan.windows, axis=1).astype(np.int64)


def _subject(plan: CohortPlan, index: int, labels: NDArray[np.int64]) -> NDArray[np.float32]:
    rng = np.random.default_rng((plan.seed, 1, index))
    person = _person(rng, plan.subject_spread)
    samples = round(plan.window_seconds * plan.sfreq_hz)
    one_source = (plan.windows, 1, samples)
    sources = np.concatenate(
        [
            6.0
            * background(
                rng, (plan.windows, _BACKGROUND_SOURCES, samples), plan.sfreq_hz, person.exponent
            ),
            _amplitude(person.alpha_microvolts, plan.alpha_effect, labels)
            * rhythm(rng, one_source, plan.sfreq_hz, person.alpha_hz),
            _amplitude(person.beta_microvolts, plan.beta_effect, labels)
            * rhythm(rng, one_source, plan.sfreq_hz, person.beta_hz),
        ],
        axis=1,
    )
    sensors = rng.standard_normal((plan.windows, len(CHANNELS_1020), samples))
    volts: NDArray[np.float64] = (person.mixing @ sources + sensors) * 1e-6
    return volts.astype(np.float32)


def _person(rng: np.random.Generator, spread: float) -> _Person:
    mixing = mixing_matrix(
        np.concatenate(
            [
                _directions(rng, _BACKGROUND_SOURCES, upper_half=True),
                _near(rng, _ALPHA_SITE, spread),
                _near(rng, _BETA_SITE, spread),
            ]
        )
    )
    mixing[:, :_BACKGROUND_SOURCES] /= np.sqrt(_BACKGROUND_SOURCES / 4)
    return _Person(
        mixing,
        ALPHA_HZ + 2 * spread * rng.standard_normal(),
        BETA_HZ + 4 * spread * rng.standard_normal(),
        12.0 * np.exp(spread * rng.standard_normal()),
        6.0 * np.exp(spread * rng.standard_normal()),
        1.0 + 0.5 * spread * rng.standard_normal(),
    )


def _amplitude(microvolts: float, effect: float, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rhythm's amplitude in each window, (windows, 1, 1); power is its square."""
    return np.asarray(microvolts * np.exp(effect * (labels - 0.5) / 2))[:, None, None]


def _directions(
    rng: np.random.Generator, count: int, *, upper_half: bool = False
) -> NDArray[np.float64]:
    drawn = rng.standard_normal((count, 3))
    if upper_half:
        drawn[:, 2] = np.abs(drawn[:, 2])
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _near(rng: np.random.Generator, channel: str, spread: float) -> NDArray[np.float64]:
    """Return a direction near a channel, further away with a larger spread."""
    moved = positions((channel,)) + spread * rng.standard_normal((1, 3))
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))
