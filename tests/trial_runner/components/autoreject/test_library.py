"""Ours beside the autoreject library, one configuration at a time."""

from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.autoreject.agreement import peak_to_peak_microvolts, rejected
from trial_runner.components.autoreject.loss import loss_at, reconstruction_losses
from trial_runner.components.autoreject.recordings import Recording
from trial_runner.components.autoreject.repair import Splines, worst_channels
from trial_runner.components.autoreject.shared import learned_thresholds_microvolts
from trial_runner.data.montage import channel_positions
from trial_runner.simulation import ArtefactPlan, LabelledEpochs, simulate_artefacts

FOLDS = 3
PLAN = ArtefactPlan(epochs=24, epoch_seconds=1.0, sfreq_hz=64, loose_share=0.3, spoilt_share=0.2)


@pytest.fixture(scope="module")
def epochs() -> LabelledEpochs:
    return simulate_artefacts(PLAN)


@pytest.fixture(scope="module")
def as_mne(epochs: LabelledEpochs):
    mne = pytest.importorskip("mne")
    info = mne.create_info(list(epochs.channels), epochs.sfreq_hz, "eeg")
    for channel, place in zip(info["chs"], channel_positions(epochs.channels), strict=True):
        channel["loc"][:3] = place
    return mne.EpochsArray(epochs.signal, info, verbose="error")


@pytest.fixture(scope="module")
def thresholds(epochs: LabelledEpochs) -> np.ndarray:
    pytest.importorskip("autoreject")
    recording = Recording("S1", "key", lambda: epochs)
    return learned_thresholds_microvolts(recording, 0, None)


@pytest.mark.parametrize("consensus", [0.25, 0.5])
@pytest.mark.parametrize("n_interpolate", [1, 4])
def test_a_single_configuration_equals_the_librarys(
    epochs: LabelledEpochs,
    as_mne,
    thresholds: np.ndarray,
    n_interpolate: int,
    consensus: float,
) -> None:
    autoreject = pytest.importorskip("autoreject")
    theirs = autoreject.AutoReject(
        n_interpolate=[n_interpolate], consensus=[consensus], cv=FOLDS, random_state=0,
        verbose=False,
    ).fit(as_mne)  # fmt: skip
    log = theirs.get_reject_log(as_mne)
    learned = np.array([theirs.threshes_[name] for name in epochs.channels]) * 1e6
    np.testing.assert_allclose(thresholds, learned, rtol=1e-12)

    amplitudes = peak_to_peak_microvolts(epochs.signal)
    bad = amplitudes > thresholds
    losses = reconstruction_losses(
        epochs.signal, bad, Splines(channel_positions(epochs.channels)), FOLDS, [1, n_interpolate]
    )
    np.testing.assert_array_equal(rejected(bad, consensus), log.bad_epochs)
    np.testing.assert_array_equal(worst_channels(bad, amplitudes, n_interpolate), log.labels == 2)
    expected = theirs.loss_["eeg"].mean()
    assert np.isfinite(expected)
    assert loss_at(losses[1], n_interpolate, consensus) == pytest.approx(expected, rel=1e-9)


def test_splines_are_mnes() -> None:
    interpolation = pytest.importorskip("mne.channels.interpolation")
    positions = channel_positions(["Fp1", "Fp2", "C3", "Cz", "C4", "O1", "O2", "T7", "T8"])
    replace = np.zeros(9, bool)
    replace[[1, 4]] = True
    expected = interpolation._make_interpolation_matrix(positions[~replace], positions[replace])
    np.testing.assert_allclose(Splines(positions).matrix(replace), expected, atol=1e-10)
