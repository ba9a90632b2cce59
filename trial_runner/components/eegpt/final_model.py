"""What is kept of EEGPT: encoder and head, and how a recording becomes windows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.components.eegpt.architecture import Architecture, build_encoder
from trial_runner.components.eegpt.network import Classifier, FrozenHead, LossWeights
from trial_runner.components.eegpt.patch_features import Store, frozen_features
from trial_runner.components.eegpt.windows import PRETRAINED_HZ, InParts
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import open_part
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.final_model.model import FinalModel, keep_model
from trial_runner.final_model.networks import keep_weights, network_probabilities, with_weights
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import (
    Cutting,
    read_windows,
    resampled,
    takes_windows,
)
from trial_runner.simulation.evoked import EvokedPlan, simulate_evoked

_ENCODER = "encoder.pt"


class Kept(NamedTuple):
    """What a kept model needs to know of its training.

    Attributes:
        shape: Of the encoder.
        is_pretrained: Whether windows were brought to the rate of pre-trained weights.
        parts: The windows.
        samples: Of a window as the encoder sees it.
        cache: Folder of the cache.
    """

    shape: Architecture
    is_pretrained: bool
    parts: InParts
    samples: int
    cache: Path | None


def keep(
    arguments: Arguments, kept: Kept, network: nn.Module, encoder: nn.Module | None = None
) -> None:
    """Leave a retrained network, and the frozen encoder below it, in the artefacts' folder."""
    has_decoder = isinstance(network, Classifier) and network.decoder is not None
    takes = _takes_windows(arguments, kept.cache) | {
        "encoder": {
            "architecture": kept.shape.as_numbers(),
            "sfreq_hz": PRETRAINED_HZ if kept.is_pretrained else None,
            "samples": kept.samples,
            "has_decoder": has_decoder,
        }
    }

    def write(folder: Path) -> None:
        keep_weights(folder, network)
        if encoder is not None:
            keep_weights(folder, encoder, _ENCODER)

    keep_model(_without_weights(arguments), kept.parts.targets.classes, takes, write)


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probabilities of a recording's windows."""
    arguments = model.trained_with()
    cut = read_windows(recording, model.takes, model.classes, cutting)
    signal, wanted_hz = cut.windows.signal, model.takes["encoder"]["sfreq_hz"]
    if wanted_hz is not None and wanted_hz != cut.windows.sfreq_hz:
        signal = resampled(signal, cut.windows.sfreq_hz, wanted_hz)
    unit = float(arguments.options["unit_microvolts"])
    scaled = (signal * np.float32(1e6 / unit)).astype(np.float32)
    return cut.prediction(_said(model, arguments, scaled))


def _said(
    model: FinalModel, arguments: Arguments, signal: NDArray[np.float32]
) -> NDArray[np.float64]:
    facts, channels = model.takes["encoder"], tuple(model.takes["channels"])
    shape, classes = Architecture(**facts["architecture"]), len(model.classes)
    contract = cast(Literal["named", "project"], arguments.options["channels"])
    if arguments.options["mode"] == "probe":
        encoder: Any = build_encoder(shape, channels, shape.patch_size, contract)
        features = frozen_features(with_weights(model, encoder, _ENCODER), signal, Store(None))
        head = FrozenHead(features.shape[1], shape.embed_num, shape.embed_dim, classes)
        return network_probabilities(with_weights(model, head), features)
    encoder = build_encoder(shape, channels, int(facts["samples"]), contract)
    losses = LossWeights(reconstruction=1.0 if facts["has_decoder"] else 0.0)
    return network_probabilities(with_weights(model, Classifier(encoder, classes, losses)), signal)


def _takes_windows(arguments: Arguments, cache: Path | None) -> dict[str, Any]:
    """Say what recordings must be, as the training data were before they were resampled."""
    data = arguments.options["data"]
    if is_simulated(data):
        made = simulate_evoked(replace(parse_plan(data, EvokedPlan), subjects=2, windows=2))
        return takes_windows(made.channels, made.sfreq_hz, made.signal.shape[2], None)
    source = find_data(data, arguments.options["data_root"])
    part = open_part(source, "development", cache)
    samples = part.windows().signal.shape[2]
    return takes_windows(part.channels, part.sfreq_hz, samples, source.entry)


def _without_weights(arguments: Arguments) -> Arguments:
    """Return arguments that need no file of pre-trained weights: those that were kept hold all."""
    values = {**arguments.hyperparameters}
    if "use_pretrained" in values:
        values["use_pretrained"] = False
    return replace(arguments, hyperparameters=values)
