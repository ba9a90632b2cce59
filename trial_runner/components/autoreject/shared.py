"""What many configurations need of a recording, computed once and cached by content."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import Arrays, cached, code_version, content_key
from trial_runner.components.autoreject import agreement, loss, repair
from trial_runner.components.autoreject.agreement import peak_to_peak_microvolts
from trial_runner.components.autoreject.loss import reconstruction_losses
from trial_runner.components.autoreject.recordings import Recording, checked
from trial_runner.components.autoreject.repair import Splines
from trial_runner.data.montage import channel_positions, is_eog
from trial_runner.simulation import LabelledEpochs


class Facts(NamedTuple):
    """What judging epochs needs; the signal itself is not among it.

    Attributes:
        microvolts: (epochs, EEG channels) peak-to-peak amplitudes.
        eog_microvolts: (epochs,) the largest amplitude of an EOG channel, 0 where there is none.
        channels: Names of the EEG channels.
        bad_epochs: (epochs,) the expert's judgement; None where there is none.
        bad_channels: (epochs, EEG channels) likewise.
    """

    microvolts: NDArray[np.float64]
    eog_microvolts: NDArray[np.float64]
    channels: tuple[str, ...]
    bad_epochs: NDArray[np.bool_] | None
    bad_channels: NDArray[np.bool_] | None


def facts(recording: Recording, cache: Path | None) -> Facts:
    """Return a recording's amplitudes and the expert's judgement."""
    key = content_key(recording.key, code_version(agreement))
    arrays = cached(cache, "autoreject-facts", key, lambda: _facts(recording))
    return Facts(
        arrays["microvolts"].astype(np.float64),
        arrays["eog_microvolts"].astype(np.float64),
        tuple(map(str, arrays["channels"])),
        arrays["bad_epochs"].astype(bool) if "bad_epochs" in arrays else None,
        arrays["bad_channels"].astype(bool) if "bad_channels" in arrays else None,
    )


def learned_thresholds_microvolts(
    recording: Recording, seed: int, cache: Path | None
) -> NDArray[np.float64]:
    """Return each EEG channel's own threshold, as the autoreject library learns it."""
    key = content_key(recording.key, "learned", seed, _library_version())

    def compute() -> Arrays:
        epochs = _eeg(checked(recording.read(), recording.subject))
        return {"microvolts": _learn(epochs, recording.montage, seed)}

    return cached(cache, "autoreject-thresholds", key, compute)["microvolts"].astype(np.float64)


def losses_microvolts(
    recording: Recording,
    bad_channels: NDArray[np.bool_],
    folds: int,
    n_interpolate: int,
    cache: Path | None,
) -> NDArray[np.float64]:
    """Return the losses (EEG channels + 1,) of all consensus values, see `loss_at`."""
    pattern = np.packbits(bad_channels).tobytes().hex()
    key = content_key(recording.key, pattern, folds, n_interpolate, code_version(loss, repair))

    def compute() -> Arrays:
        epochs = _eeg(recording.read())
        splines = Splines(channel_positions(epochs.channels, recording.montage))
        table = reconstruction_losses(epochs.signal, bad_channels, splines, folds, [n_interpolate])
        return {"microvolts": table[0] * 1e6}

    return cached(cache, "autoreject-losses", key, compute)["microvolts"].astype(np.float64)


def _facts(recording: Recording) -> Arrays:
    everything = checked(recording.read(), recording.subject)
    eeg = _eeg(everything)
    eyes = [index for index, name in enumerate(everything.channels) if is_eog(name)]
    eog = peak_to_peak_microvolts(everything.signal[:, eyes]).max(axis=1, initial=0.0)
    arrays: Arrays = {
        "microvolts": peak_to_peak_microvolts(eeg.signal),
        "eog_microvolts": eog,
        "channels": np.array(eeg.channels),
    }
    if eeg.bad_epochs is not None:
        arrays["bad_epochs"] = eeg.bad_epochs
    if eeg.bad_channels is not None:
        arrays["bad_channels"] = eeg.bad_channels
    return arrays


def _eeg(epochs: LabelledEpochs) -> LabelledEpochs:
    kept = [index for index, name in enumerate(epochs.channels) if not is_eog(name)]
    return epochs._replace(
        signal=epochs.signal[:, kept],
        channels=tuple(epochs.channels[index] for index in kept),
        bad_channels=None if epochs.bad_channels is None else epochs.bad_channels[:, kept],
    )


def _learn(epochs: LabelledEpochs, montage: str, seed: int) -> NDArray[np.float64]:
    import autoreject
    import mne

    info = mne.create_info(list(epochs.channels), epochs.sfreq_hz, "eeg")
    places = channel_positions(epochs.channels, montage)
    for channel, place in zip(info["chs"], places, strict=True):
        channel["loc"][:3] = place
    as_mne = mne.EpochsArray(epochs.signal, info, verbose="error")
    with mne.utils.use_log_level("error"):
        found = autoreject.compute_thresholds(
            as_mne, random_state=seed % 2**32, verbose=False, augment=True
        )
    return np.array([found[name] for name in epochs.channels]) * 1e6


def _library_version() -> str:
    from importlib.metadata import version

    return version("autoreject")
