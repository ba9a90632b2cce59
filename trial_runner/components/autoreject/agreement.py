"""Which epochs AutoReject rejects, and how far that agrees with an expert.

A channel of an epoch is bad where its peak-to-peak amplitude exceeds the channel's threshold; an
epoch is bad where at least the share `consensus` of its channels is bad (Jas et al. 2017,
doi:10.1016/j.neuroimage.2017.06.030). None of it depends on how many channels are interpolated,
so that one matrix of amplitudes gives the agreement of any number of configurations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_CELLS_AT_ONCE = 2_000_000


class Agreement(NamedTuple):
    """Agreement with an expert; `agreement` is the share of epochs that both judge alike."""

    agreement: float
    kappa: float
    sensitivity: float
    specificity: float


def peak_to_peak_microvolts(signal: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return amplitudes (epochs, channels) in microvolts of epochs in volts."""
    return np.asarray(np.ptp(signal, axis=2), np.float64) * 1e6


def rejected(bad_channels: NDArray[np.bool_], consensus: float) -> NDArray[np.bool_]:
    """Return (epochs,) whether at least the share `consensus` of the channels is bad."""
    return np.asarray(bad_channels.sum(axis=1) >= consensus * bad_channels.shape[1])


def agreement_with(expert: NDArray[np.bool_], said: NDArray[np.bool_]) -> Agreement:
    """Return the agreement of two judgements; True is a bad epoch.

    Raises:
        ValueError: The expert found all bad, or all good: agreement beyond chance, sensitivity or
            specificity do not exist.
    """
    if expert.all() or not expert.any():
        everything = "bad" if expert.all() else "good"
        raise ValueError(
            f"the expert calls all {len(expert)} epochs {everything}; both kinds are needed"
        )
    count, bad = len(expert), int(np.count_nonzero(expert))
    both_bad, said_bad = int(np.count_nonzero(said & expert)), int(np.count_nonzero(said))
    both_good = count - bad - said_bad + both_bad
    kappa = _kappa(expert, np.array(float(both_bad)), np.array(float(said_bad)))
    return Agreement(
        (both_bad + both_good) / count, float(kappa), both_bad / bad, both_good / (count - bad)
    )


def agreement_grid(
    microvolts: NDArray[np.float64],
    expert: NDArray[np.bool_],
    thresholds_microvolts: NDArray[np.float64],
    consensus: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return κ of all pairs (thresholds, consensus) from one matrix of amplitudes.

    Args:
        microvolts: (epochs, channels) peak-to-peak amplitudes.
        expert: (epochs,) whether the expert rejects the epoch.
        thresholds_microvolts: One for all channels each.
        consensus: Shares of channels.
    """
    nth = _nth_largest(microvolts, np.ceil(consensus * microvolts.shape[1]).astype(np.int64))
    weights = np.stack([expert, np.ones(len(expert))], axis=1, dtype=np.float32)
    kappas = np.empty((len(thresholds_microvolts), len(consensus)))
    step = max(1, _CELLS_AT_ONCE // max(1, nth.size))
    for start in range(0, len(thresholds_microvolts), step):
        said = nth > thresholds_microvolts[start : start + step, None, None]
        # A product counts faster than sums along an axis of booleans; exact to 2**24 epochs.
        counts = said.reshape(-1, len(expert)).astype(np.float32) @ weights
        both_bad, said_bad = counts.astype(np.float64).T.reshape(2, *said.shape[:2])
        kappas[start : start + step] = _kappa(expert, both_bad, said_bad)
    return kappas


def _nth_largest(
    microvolts: NDArray[np.float64], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (places, epochs) each epoch's amplitude of a place, 1 is the largest.

    At least n channels exceed a threshold exactly where the n-th largest amplitude does; at least
    0 always do, and more than there are never do.
    """
    channels = microvolts.shape[1]
    columns = np.clip(channels - places, 0, channels - 1)
    nth = np.ascontiguousarray(np.sort(microvolts, axis=1)[:, columns].T)
    nth[places <= 0], nth[places > channels] = np.inf, -np.inf
    return nth


def _kappa(
    expert: NDArray[np.bool_], both_bad: NDArray[np.float64], said_bad: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Cohen's κ from numbers of epochs that both call bad, and that one side does."""
    count, bad = len(expert), int(np.count_nonzero(expert))
    beyond_chance = both_bad * count - said_bad * bad
    return np.asarray(2 * beyond_chance / (said_bad * (count - bad) + (count - said_bad) * bad))
