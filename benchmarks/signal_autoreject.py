"""AutoReject's grid: one pass of shared work beside one fit a configuration, in one run.

    python benchmarks/signal_autoreject.py [--fits N]

Loss: the autoreject library fits each of 10 × 10 configurations (n_interpolate × consensus) by
itself, as a trial a configuration would (of which `--fits` are timed and the rest extrapolated
from their mean); ours learns the same thresholds once and takes all losses from one table.
Agreement: κ with the planted truth at 10 thresholds × 10 consensus values from one matrix of
amplitudes, beside a fit a configuration and, much stricter, beside judging the epochs anew for
each: that spends nearly all its time on amplitudes, so that sharing them cannot save more than a
factor of 100. All is CPU time of one run. Results are compared as well.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import autoreject
import mne
import numpy as np

from trial_runner.components.autoreject.agreement import (
    agreement_grid,
    agreement_with,
    peak_to_peak_microvolts,
    rejected,
)
from trial_runner.components.autoreject.loss import loss_at, reconstruction_losses
from trial_runner.components.autoreject.recordings import Recording
from trial_runner.components.autoreject.repair import Splines
from trial_runner.components.autoreject.shared import learned_thresholds_microvolts
from trial_runner.data.montage import channel_positions
from trial_runner.simulation import ArtefactPlan, LabelledEpochs, simulate_artefacts

N_INTERPOLATE = list(range(1, 11))
CONSENSUS = np.linspace(0.1, 1.0, 10)
THRESHOLDS = np.linspace(150.0, 300.0, 10)
FOLDS = 5
REPEATS = 50


def as_mne(epochs: LabelledEpochs) -> mne.EpochsArray:
    """Return the epochs as the library takes them."""
    info = mne.create_info(list(epochs.channels), epochs.sfreq_hz, "eeg")
    for channel, place in zip(info["chs"], channel_positions(epochs.channels), strict=True):
        channel["loc"][:3] = place
    return mne.EpochsArray(epochs.signal, info, verbose="error")


def library_fits(
    epochs: LabelledEpochs, count: int
) -> tuple[float, dict[tuple[int, float], float]]:
    """Return CPU seconds of a fit and the losses of configurations spread over the grid."""
    given = as_mne(epochs)
    every = [(n, float(c)) for n in N_INTERPOLATE for c in CONSENSUS]
    chosen = every[:: max(1, len(every) // count)][:count]
    losses = {}
    started = time.process_time()
    for n_interpolate, consensus in chosen:
        fit = autoreject.AutoReject(
            n_interpolate=[n_interpolate], consensus=[consensus], cv=FOLDS, random_state=0,
            verbose=False,
        ).fit(given)  # fmt: skip
        losses[n_interpolate, consensus] = float(fit.loss_["eeg"].mean())
    return (time.process_time() - started) / len(chosen), losses


def our_losses(epochs: LabelledEpochs) -> tuple[float, np.ndarray]:
    """Return CPU seconds of the whole grid, and the losses (n_interpolate, consensus)."""
    started = time.process_time()
    recording = Recording("S1", "benchmark", lambda: epochs)
    thresholds = learned_thresholds_microvolts(recording, 0, None)
    bad = peak_to_peak_microvolts(epochs.signal) > thresholds
    splines = Splines(channel_positions(epochs.channels))
    table = reconstruction_losses(epochs.signal, bad, splines, FOLDS, N_INTERPOLATE)
    grid = np.array(
        [
            [loss_at(row, n, float(consensus)) for consensus in CONSENSUS]
            for n, row in zip(N_INTERPOLATE, table, strict=True)
        ]
    )
    return time.process_time() - started, grid


class AgreementTimes(NamedTuple):
    """CPU seconds of 100 κ values, of the quickest round each.

    Attributes:
        one_by_one: The epochs judged anew for each configuration.
        at_once: All from one matrix of amplitudes, its making included.
        from_matrix: All from the matrix that is there, as for each trial after the first.
        equal: Whether all ways give the same values.
    """

    one_by_one: float
    at_once: float
    from_matrix: float
    equal: bool


def compare_agreement(epochs: LabelledEpochs, rounds: int) -> AgreementTimes:
    """Time the ways to 100 κ values in turns."""
    assert epochs.bad_epochs is not None
    microvolts = peak_to_peak_microvolts(epochs.signal)
    ways = (
        (1, lambda: _agreement_one_by_one(epochs)),
        (REPEATS, lambda: _agreement_at_once(epochs)),
        (REPEATS, lambda: agreement_grid(microvolts, epochs.bad_epochs, THRESHOLDS, CONSENSUS)),
    )
    seconds = np.empty((rounds, len(ways)))
    equal = True
    for number in range(rounds):
        values = []
        for way, (repeats, compute) in enumerate(ways):
            started = time.process_time()
            values.append([compute() for _ in range(repeats)][-1])
            seconds[number, way] = (time.process_time() - started) / repeats
        equal &= all(np.allclose(values[0], other) for other in values)
    return AgreementTimes(*map(float, seconds.min(axis=0)), equal)


def _agreement_one_by_one(epochs: LabelledEpochs) -> np.ndarray:
    """Judge the epochs anew for each configuration, as a trial of its own would."""
    assert epochs.bad_epochs is not None
    kappas = [
        agreement_with(
            epochs.bad_epochs,
            rejected(peak_to_peak_microvolts(epochs.signal) > threshold, consensus),
        ).kappa
        for threshold in THRESHOLDS
        for consensus in CONSENSUS
    ]
    return np.array(kappas).reshape(len(THRESHOLDS), len(CONSENSUS))


def _agreement_at_once(epochs: LabelledEpochs) -> np.ndarray:
    assert epochs.bad_epochs is not None
    microvolts = peak_to_peak_microvolts(epochs.signal)
    return agreement_grid(microvolts, epochs.bad_epochs, THRESHOLDS, CONSENSUS)


def main() -> None:
    """Time both ways and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=21, help="of agreement, in turns")
    given = parser.parse_args()
    mne.set_log_level("error")
    epochs = simulate_artefacts(ArtefactPlan(epochs=given.epochs))
    our_losses(epochs)  # imports and caches of the libraries are paid before the clock runs
    ours, grid = our_losses(epochs)
    one_fit, losses = library_fits(epochs, given.fits)
    agreeing = all(
        np.isclose(
            grid[n - 1, int(np.argmin(np.abs(CONSENSUS - consensus)))] * 1.0, loss, rtol=1e-6
        )
        for (n, consensus), loss in losses.items()
    )
    print(f"loss, 10 x 10: {one_fit * 100:.1f} s of one fit a configuration "
          f"({len(losses)} timed), {ours:.2f} s shared: "
          f"{one_fit * 100 / ours:.0f} times; equal: {agreeing}")  # fmt: skip
    agreement = compare_agreement(epochs, given.rounds)
    for name, seconds in (("with its matrix", agreement.at_once),
                          ("from the cached matrix", agreement.from_matrix)):  # fmt: skip
        print(f"agreement, 10 x 10, {name}: {seconds * 1e3:.3f} ms, "
              f"{one_fit * 100 / seconds:.0f} times less than {one_fit * 100:.1f} s with a fit a "
              f"configuration, {agreement.one_by_one / seconds:.0f} times less than "
              f"{agreement.one_by_one * 1e3:.1f} ms judged one by one")  # fmt: skip
    print(f"equal: {agreement.equal} (quickest of {given.rounds} rounds, in turns)")


if __name__ == "__main__":
    main()
