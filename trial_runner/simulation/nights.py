"""Nights of sleep with known hypnograms.

The hypnogram is a semi-Markov chain of sleep cycles (light, deep, light, REM; deep sleep early,
REM late) cut into 30-second epochs. The signal of each stage has its own mixture of rhythms
after the textbook: alpha and beta in wake, theta in N1, spindles and slow waves in N2, slow waves
in N3, theta and rapid eye movements with low muscle tone in REM. Persons differ in amplitude,
slope and spindle frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.simulation.noise import background, rhythm

STAGES: tuple[str, ...] = ("W", "N1", "N2", "N3", "R")
CHANNELS: tuple[str, ...] = ("EEG", "EOG", "EMG")
EPOCH_SECONDS = 30

# Microvolts of each rhythm in W, N1, N2, N3, R, and its centre and width in Hz.
_RHYTHMS: dict[str, tuple[float, float, tuple[float, ...]]] = {
    "delta": (1.5, 0.8, (5, 7, 16, 45, 8)),
    "theta": (6.0, 1.2, (5, 9, 8, 7, 9)),
    "alpha": (10.0, 1.0, (16, 6, 3, 2, 4)),
    "sigma": (13.0, 0.6, (2, 2, 8, 4, 2)),
    "beta": (20.0, 3.0, (6, 4, 2.5, 2, 3.5)),
}
_EYES_MICROVOLTS = (25, 12, 6, 5, 35)
_MUSCLE_MICROVOLTS = (20, 12, 8, 6, 2)


@dataclass(frozen=True, slots=True)
class NightPlan:
    """What is planted.

    Attributes:
        subjects: Number of persons; one night each.
        hours: Length of a night.
        sfreq_hz: Sampling frequency.
        subject_spread: Standard deviation over persons of the log amplitudes.
        contrast: 1 gives each stage its own rhythms; 0 makes all stages alike.
        seed: Decides everything.
    """

    subjects: int = 8
    hours: float = 4.0
    sfreq_hz: float = 100.0
    subject_spread: float = 0.2
    contrast: float = 1.0
    seed: int = 0


class Night(NamedTuple):
    """One night.

    Attributes:
        subject: Name.
        signal: (channels, samples) in volts.
        channels: Names of the channels.
        sfreq_hz: Sampling frequency.
        hypnogram: (epochs,) index of the stage in `STAGES` every 30 s, -1 where not scored.
    """

    subject: str
    signal: NDArray[np.float64]
    channels: tuple[str, ...]
    sfreq_hz: float
    hypnogram: NDArray[np.int64]


def simulate_nights(plan: NightPlan) -> list[Night]:
    """Return one night a person; a person's night depends on its number and the seed alone."""
    return [simulate_night(plan, index) for index in range(plan.subjects)]


def simulate_hypnogram(rng: np.random.Generator, epochs: int) -> NDArray[np.int64]:
    """Return stages of consecutive epochs: wake, then cycles, with short awakenings."""
    stages: list[int] = [0] * int(rng.integers(10, 30))
    cycle = 0
    while len(stages) < epochs:
        deep = max(2.0, 50 - 16 * cycle)
        rem = 10 + 12 * cycle
        for stage, mean in ((1, 5), (2, 35), (3, deep), (2, 25), (4, rem), (0, 2)):
            # Two of a bout's length from a gamma distribution: rarely very short or very long.
            bout = int(max(1, rng.gamma(4.0, mean / 4.0)))
            stages.extend([stage] * bout)
        cycle += 1
    return np.array(stages[:epochs], np.int64)


def simulate_night(plan: NightPlan, index: int) -> Night:
    """Return the night of one person."""
    rng = np.random.default_rng((plan.seed, 3, index))
    epochs = round(plan.hours * 3600 / EPOCH_SECONDS)
    hypnogram = simulate_hypnogram(rng, epochs)
    strength = _strengths(rng, hypnogram, plan)
    samples = round(epochs * EPOCH_SECONDS * plan.sfreq_hz)
    sigma_shift_hz = 2 * plan.subject_spread * rng.standard_normal()
    brain = 8.0 * background(rng, (samples,), plan.sfreq_hz, 1.2)
    for row, (name, (centre_hz, width_hz, _)) in enumerate(_RHYTHMS.items()):
        shifted_hz = centre_hz + (sigma_shift_hz if name == "sigma" else 0.0)
        brain += strength[row] * rhythm(rng, (samples,), plan.sfreq_hz, shifted_hz, width_hz)
    eyes = strength[-2] * rhythm(rng, (samples,), plan.sfreq_hz, 1.0, 0.5)
    high_hz = min(35.0, 0.4 * plan.sfreq_hz)
    muscle = strength[-1] * rhythm(rng, (samples,), plan.sfreq_hz, high_hz, 8.0)
    signal = np.stack(
        [
            brain + 0.1 * eyes,
            eyes + 0.3 * brain,
            muscle + background(rng, (samples,), plan.sfreq_hz),
        ]
    )
    return Night(f"S{index + 1:03d}", signal * 1e-6, CHANNELS, plan.sfreq_hz, hypnogram)


def _strengths(
    rng: np.random.Generator, hypnogram: NDArray[np.int64], plan: NightPlan
) -> NDArray[np.float64]:
    """Return microvolts of every rhythm at every sample (rhythms + eyes + muscle, samples)."""
    table = np.array(
        [levels for _, _, levels in _RHYTHMS.values()] + [_EYES_MICROVOLTS, _MUSCLE_MICROVOLTS],
        dtype=np.float64,
    )
    common = np.exp(np.log(table).mean(axis=1, keepdims=True))
    table = common * (table / common) ** plan.contrast
    table *= np.exp(plan.subject_spread * rng.standard_normal((len(table), 1)))
    of_epoch = table[:, hypnogram]
    # Epochs of one stage differ: a third of a factor of e up or down.
    of_epoch = of_epoch * np.exp(0.25 * rng.standard_normal(of_epoch.shape))
    return np.repeat(of_epoch, round(EPOCH_SECONDS * plan.sfreq_hz), axis=1)
