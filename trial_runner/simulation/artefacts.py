"""Epochs with planted artefacts: which epochs and channels are spoilt is known.

Three kinds. A loose electrode spoils one or two channels (worth repairing: the expert keeps the
epoch). Muscle and movement spoil many neighbouring channels (the expert rejects the epoch). All
have a peak-to-peak amplitude drawn around a planted one, so that the threshold, the consensus and
the number of channels to interpolate that fit the expert best are known too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.simulation.montage import CHANNELS_1020, mixing_matrix, positions
from trial_runner.simulation.noise import background, rhythm, shaped_noise


@dataclass(frozen=True, slots=True)
class ArtefactPlan:
    """What is planted.

    Attributes:
        epochs: Number of epochs.
        epoch_seconds: Their length.
        sfreq_hz: Sampling frequency.
        loose_share: Share of epochs in which one or two channels are spoilt.
        spoilt_share: Share of epochs in which many channels are spoilt: the expert's bad ones.
        artefact_microvolts: Median peak-to-peak amplitude of what is planted.
        clean_microvolts: Standard deviation of the clean signal.
        seed: Decides everything.
    """

    epochs: int = 120
    epoch_seconds: float = 4.0
    sfreq_hz: float = 100.0
    loose_share: float = 0.2
    spoilt_share: float = 0.15
    artefact_microvolts: float = 320.0
    clean_microvolts: float = 18.0
    seed: int = 0


class LabelledEpochs(NamedTuple):
    """Epochs and what an expert says about them.

    Attributes:
        signal: (epochs, channels, samples) in volts.
        channels: Names of the channels.
        sfreq_hz: Sampling frequency.
        bad_epochs: (epochs,) whether the expert rejects the epoch; None where none looked.
        bad_channels: (epochs, channels) which channels are spoilt; None where unknown.
    """

    signal: NDArray[np.float64]
    channels: tuple[str, ...]
    sfreq_hz: float
    bad_epochs: NDArray[np.bool_] | None
    bad_channels: NDArray[np.bool_] | None


def simulate_artefacts(plan: ArtefactPlan) -> LabelledEpochs:
    """Return epochs of 19 channels with planted artefacts.

    Raises:
        ValueError: The shares leave no clean epoch.
    """
    if plan.loose_share + plan.spoilt_share >= 1:
        raise ValueError(
            f"loose_share + spoilt_share is {plan.loose_share + plan.spoilt_share:g}; "
            "allowed is less than 1"
        )
    rng = np.random.default_rng((plan.seed, 2))
    signal = _clean(rng, plan)
    bad_channels = np.zeros(signal.shape[:2], dtype=bool)
    kinds = _kinds(rng, plan)
    for epoch in np.flatnonzero(kinds):
        spoilt = _loose(rng) if kinds[epoch] == 1 else _many(rng)
        peak = plan.artefact_microvolts * np.exp(0.25 * rng.standard_normal(len(spoilt)))
        shape = _step(rng, plan) if kinds[epoch] == 1 else _burst(rng, plan, len(spoilt))
        signal[epoch, spoilt] += peak[:, None] * shape
        bad_channels[epoch, spoilt] = True
    return LabelledEpochs(signal * 1e-6, CHANNELS_1020, plan.sfreq_hz, kinds == 2, bad_channels)


def _clean(rng: np.random.Generator, plan: ArtefactPlan) -> NDArray[np.float64]:
    samples = round(plan.epoch_seconds * plan.sfreq_hz)
    drawn = rng.standard_normal((40, 3))
    sources = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    mixing = mixing_matrix(sources)
    activity = background(rng, (plan.epochs, 40, samples), plan.sfreq_hz)
    activity += 0.7 * rhythm(rng, (plan.epochs, 40, samples), plan.sfreq_hz, 10.0)
    mixed = mixing @ activity
    scale = plan.clean_microvolts / mixed.std(axis=(0, 2), keepdims=True)
    return np.asarray(mixed * scale + rng.standard_normal(mixed.shape))


def _kinds(rng: np.random.Generator, plan: ArtefactPlan) -> NDArray[np.int64]:
    """Return for each epoch 0 clean, 1 loose electrode, 2 spoilt; the counts are exact."""
    loose, spoilt = (round(plan.epochs * share) for share in (plan.loose_share, plan.spoilt_share))
    kinds = np.zeros(plan.epochs, np.int64)
    kinds[:loose], kinds[loose : loose + spoilt] = 1, 2
    return np.asarray(rng.permutation(kinds))


def _loose(rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(len(CHANNELS_1020), rng.integers(1, 3), replace=False)


def _many(rng: np.random.Generator) -> NDArray[np.int64]:
    """Return 5 to 10 channels around one."""
    place = positions()
    centre = rng.integers(len(place))
    order = np.argsort(np.linalg.norm(place - place[centre], axis=1))
    return np.asarray(order[: rng.integers(5, 11)])


def _step(rng: np.random.Generator, plan: ArtefactPlan) -> NDArray[np.float64]:
    """Return an electrode pop: a jump of 1 that decays, (1, samples)."""
    samples = round(plan.epoch_seconds * plan.sfreq_hz)
    start = rng.integers(samples // 10, samples // 2)
    time_seconds = (np.arange(samples) - start) / plan.sfreq_hz
    return np.where(time_seconds >= 0, np.exp(-np.maximum(time_seconds, 0.0)), 0.0)[None]


def _burst(rng: np.random.Generator, plan: ArtefactPlan, count: int) -> NDArray[np.float64]:
    """Return muscle noise of peak-to-peak amplitude 1 under a window, (count, samples)."""
    samples = round(plan.epoch_seconds * plan.sfreq_hz)
    noise = shaped_noise(
        rng, (count, samples), plan.sfreq_hz, lambda hz: (hz > 20).astype(np.float64)
    )
    noise *= np.hanning(samples)
    return np.asarray(noise / np.ptp(noise, axis=1, keepdims=True))
