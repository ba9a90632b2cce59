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

_CELLS_AT_ONCE = 20_000_000


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
    return Agreement(*(float(values) for values in _scores(expert, said[None])[:, 0]))


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
    counts = _bad_channel_counts(microvolts, thresholds_microvolts)
    needed = consensus * microvolts.shape[1]
    kappas = np.empty((len(thresholds_microvolts), len(consensus)))
    step = max(1, _CELLS_AT_ONCE // max(1, len(consensus) * len(expert)))
    for start in range(0, len(thresholds_microvolts), step):
        said = counts[start : start + step, None] >= needed[:, None]
        kappas[start : start + step] = _scores(expert, said)[1]
    return kappas


def _bad_channel_counts(
    microvolts: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return (thresholds, epochs) how many channels exceed each threshold."""
    by_channel = np.ascontiguousarray(microvolts.T)  # sums over the first axis add whole rows
    counts = [(by_channel > threshold).sum(axis=0) for threshold in thresholds]
    return np.asarray(np.stack(counts), np.int64)


def _scores(expert: NDArray[np.bool_], said: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return agreement, κ, sensitivity, specificity, stacked, for said (..., epochs)."""
    count, bad = len(expert), int(expert.sum())
    both_bad = np.count_nonzero(said & expert, axis=-1)
    said_bad = np.count_nonzero(said, axis=-1)
    both_good = count - bad - said_bad + both_bad
    observed = (both_bad + both_good) / count
    expected = (said_bad * bad + (count - said_bad) * (count - bad)) / count**2
    return np.stack(
        [
            observed,
            (observed - expected) / (1 - expected),
            both_bad / bad,
            both_good / (count - bad),
        ]
    )
