"""What is kept of a probe: the first retrained head, its standardisation, its features' mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.components.linear_probe.held_out import Retrained
from trial_runner.components.linear_probe.model import Heads
from trial_runner.components.linear_probe.settings import head_shape
from trial_runner.components.linear_probe.training_data import Standard
from trial_runner.data.load import PartOfData
from trial_runner.final_model.features import fitted_arrays, window_features
from trial_runner.final_model.model import FinalModel, keep_arrays, keep_model
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import Cutting, read_windows, takes_windows

_HEAD = ("parameters", "running_mean", "running_variance")


def keep(arguments: Arguments, development: PartOfData, retrained: Retrained) -> None:
    """Leave the first of the retrained models in the artefacts' folder."""
    heads, standard = retrained.heads, retrained.standard
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(heads, name).detach()[0].numpy() for name in _HEAD
    }
    arrays |= {"feature_mean": standard.mean, "feature_scale": standard.scale}
    arrays |= fitted_arrays(development, arguments.text("features"))
    takes = takes_windows(
        development.channels,
        development.sfreq_hz,
        development.windows().signal.shape[2],
        development.source.entry,
    )
    keep_model(
        arguments, development.targets.classes, takes, lambda folder: keep_arrays(folder, arrays)
    )


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probabilities of a recording's windows."""
    arguments, arrays = model.trained_with(), model.arrays()
    cut = read_windows(recording, model.takes, model.classes, cutting)
    features = window_features(cut.windows, arguments.text("features"), arrays)
    standard = Standard(arrays["feature_mean"], arrays["feature_scale"])
    shape = head_shape(arguments, features.shape[1], len(model.classes))
    heads = Heads(shape, [np.random.default_rng(0)])
    for name in _HEAD:
        setattr(heads, name, torch.from_numpy(arrays[name])[None])
    with torch.no_grad():
        logits = heads.logits(torch.from_numpy(standard.of(features))[None])
        said = torch.softmax(logits.double(), dim=2)[0].numpy()
    return cut.prediction(said)
