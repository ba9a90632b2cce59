"""What is kept of an activity classifier: its network, and how a recording is cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.components.activity.network import ActivityNetwork
from trial_runner.components.activity.recordings import WATCH_HZ, InParts
from trial_runner.data.arrays import read_stored_signal
from trial_runner.data.cutting import cut_windows
from trial_runner.errors import DataError
from trial_runner.final_model.model import FinalModel, keep_model
from trial_runner.final_model.networks import keep_weights, network_probabilities, with_weights
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import Cutting


def keep(arguments: Arguments, parts: InParts, network: nn.Module) -> None:
    """Leave a retrained network in the artefacts' folder."""
    _, channels, samples = parts.signal.shape
    takes = {"kind": "motion", "channels": channels, "sfreq_hz": WATCH_HZ, "samples": samples}
    keep_model(
        arguments, parts.targets.classes, takes, lambda folder: keep_weights(folder, network)
    )


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probabilities of a recording's windows, which overlap by half.

    The recording is a .npy or .npz file (`signal`) of (channels, samples) in the unit and the
    order of the training's sensors.
    """
    channels, samples = int(model.takes["channels"]), int(model.takes["samples"])
    sfreq_hz = float(model.takes["sfreq_hz"])
    stored = read_stored_signal(recording)
    if stored.signal.ndim != 2 or len(stored.signal) != channels:
        raise DataError(
            f"{recording}: signal has shape {stored.signal.shape}; the model takes ({channels}, "
            "samples)"
        )
    if stored.sfreq_hz not in (None, sfreq_hz):
        raise DataError(f"{recording} is sampled at {stored.sfreq_hz:g} Hz, not {sfreq_hz:g} Hz")
    step = round(cutting.step_seconds * sfreq_hz) if cutting.step_seconds else samples // 2
    windows, _ = cut_windows(stored.signal, samples, max(1, step))
    if not len(windows):
        raise DataError(f"{recording} is shorter than one window of {samples / sfreq_hz:g} s")
    hidden, nothing = model.trained_with().whole("hidden_dim"), torch.zeros(channels, 1)
    network = with_weights(
        model, ActivityNetwork(channels, hidden, len(model.classes), nothing, nothing + 1)
    )
    starts = np.arange(len(windows)) * step / sfreq_hz
    return Prediction(starts, samples / sfreq_hz, network_probabilities(network, windows))
