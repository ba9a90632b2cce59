"""What is kept of an emotion classifier: its network, and which features it takes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.components.emotion.network import Architecture, EmotionNetwork
from trial_runner.components.emotion.tables import InParts
from trial_runner.data.simulated import is_simulated
from trial_runner.final_model.model import FinalModel, keep_model
from trial_runner.final_model.networks import keep_weights, network_probabilities, with_weights
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import Cutting
from trial_runner.final_model.rows import read_rows, takes_rows


def keep(arguments: Arguments, parts: InParts, shape: Architecture, network: nn.Module) -> None:
    """Leave a retrained network in the artefacts' folder."""
    data = arguments.options["data"]
    is_made = arguments.options["dummy_data"] == "true" or is_simulated(data)
    takes = takes_rows(
        parts.table.features.shape[1], None if is_made else Path(data).expanduser()
    ) | {"architecture": asdict(shape)}
    keep_model(
        arguments, parts.table.targets.classes, takes, lambda folder: keep_weights(folder, network)
    )


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probabilities of a table's rows."""
    rows = read_rows(recording, model.takes)
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in model.takes["architecture"].items()
    }
    nothing = torch.zeros(rows.shape[1])
    network = with_weights(model, EmotionNetwork(Architecture(**known), nothing, nothing + 1))
    return Prediction(None, None, network_probabilities(network, rows[:, None, :]))
