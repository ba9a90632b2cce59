"""AutoReject's cross-validation loss for all consensus values and several n_interpolate at once.

For each fold the mean over the accepted, repaired training epochs is held against the median of
the validation epochs as they are; the loss is the root of the mean square of the difference.

An epoch is accepted or not by its number of bad channels alone. So one sum of repaired epochs for
each fold and number of bad channels gives every consensus, and only epochs with a bad channel
differ between two n_interpolate. The library's grid goes on from the labels of the smaller
n_interpolate, which changes its answer; here each starts from fresh ones, as a single fit does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trial_runner.components.autoreject.repair import Splines, repairs, worst_channels


def reconstruction_losses(
    signal: NDArray[np.float64],
    bad_channels: NDArray[np.bool_],
    splines: Splines,
    folds: int,
    n_interpolate: Sequence[int],
) -> NDArray[np.float64]:
    """Return losses (n_interpolate, channels + 1) in the signal's unit, means over folds.

    The second axis is the number of bad channels that epochs must stay below to be accepted, from
    1 on, see `loss_at`. A loss is infinite where a fold is left without an accepted epoch.

    Args:
        signal: (epochs, channels, samples).
        bad_channels: (epochs, channels).
        splines: Of the montage.
        folds: Number of folds, consecutive blocks of epochs.
        n_interpolate: How many channels of an epoch may be replaced.

    Raises:
        ValueError: There are fewer epochs than folds.
    """
    epochs, channels = bad_channels.shape
    if epochs < folds:
        raise ValueError(f"{epochs} epochs cannot be split into {folds} folds")
    blocks = np.array_split(np.arange(epochs), folds)
    fold_of_epoch = np.repeat(np.arange(folds), [len(block) for block in blocks])
    medians = np.stack([np.median(signal[block], axis=0) for block in blocks])
    counts = bad_channels.sum(axis=1)
    amplitudes = np.ptp(signal, axis=2)
    clean = _clean_sums(signal, counts, fold_of_epoch, folds)
    table = np.empty((len(n_interpolate), channels + 1))
    for row, limit in enumerate(n_interpolate):
        replace = worst_channels(bad_channels, amplitudes, limit)
        sums = _dirty_sums(signal, counts, fold_of_epoch, replace, splines, folds)
        sums[0] = clean
        table[row] = _losses(sums, counts, fold_of_epoch, medians, channels)
    return table


def loss_at(losses: NDArray[np.float64], n_interpolate: int, consensus: float) -> float:
    """Return the loss of a row of the table; infinite where consensus cannot go with it.

    AutoReject refuses more channels to interpolate than make an epoch bad:
    consensus × channels must exceed n_interpolate.
    """
    channels = len(losses) - 1
    if consensus * channels <= n_interpolate:
        return float("inf")
    # An epoch is bad at counts >= consensus × channels: the first whole number that reaches it.
    limit = int(np.searchsorted(np.arange(channels + 1), consensus * channels, side="left"))
    return float(losses[limit - 1])


Sums = dict[int, NDArray[np.float64]]


def _clean_sums(
    signal: NDArray[np.float64],
    counts: NDArray[np.int64],
    fold_of_epoch: NDArray[np.int64],
    folds: int,
) -> NDArray[np.float64]:
    """Return (folds, channels, samples) sums of the epochs without a bad channel."""
    return np.stack(
        [signal[(counts == 0) & (fold_of_epoch == fold)].sum(axis=0) for fold in range(folds)]
    )


def _dirty_sums(
    signal: NDArray[np.float64],
    counts: NDArray[np.int64],
    fold_of_epoch: NDArray[np.int64],
    replace: NDArray[np.bool_],
    splines: Splines,
    folds: int,
) -> Sums:
    """Return by number of bad channels the sums (folds, channels, samples) of repaired epochs."""
    shape = (folds, *signal.shape[1:])
    sums: Sums = {int(count): np.zeros(shape) for count in np.unique(counts)}
    for epoch in np.flatnonzero((counts > 0) & ~replace.any(axis=1)):
        sums[int(counts[epoch])][fold_of_epoch[epoch]] += signal[epoch]
    for repair in repairs(signal, replace, splines):
        for epoch, repaired in zip(repair.epochs, repair.signal, strict=True):
            sums[int(counts[epoch])][fold_of_epoch[epoch]] += repaired
    return sums


def _losses(
    sums: Sums,
    counts: NDArray[np.int64],
    fold_of_epoch: NDArray[np.int64],
    medians: NDArray[np.float64],
    channels: int,
) -> NDArray[np.float64]:
    """Return (channels + 1,) losses: entry i accepts epochs with at most i bad channels."""
    folds = len(medians)
    total = np.zeros_like(medians)
    accepted = np.zeros(folds)
    losses = np.empty(channels + 1)
    for count in range(channels + 1):
        here = counts == count
        if count > 0 and not here.any():
            losses[count] = losses[count - 1]
            continue
        total += sums.get(count, 0.0)
        accepted += np.bincount(fold_of_epoch[here], minlength=folds)
        losses[count] = _mean_loss(total, accepted, medians)
    return losses


def _mean_loss(
    total: NDArray[np.float64], accepted: NDArray[np.float64], medians: NDArray[np.float64]
) -> float:
    training = accepted.sum() - accepted
    if (training == 0).any():
        return float("inf")
    means = (total.sum(axis=0) - total) / training[:, None, None]
    return float(np.sqrt(((medians - means) ** 2).mean(axis=(1, 2))).mean())
