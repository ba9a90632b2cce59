"""Weights of torch networks in a kept model, and what a network says of unlabelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from trial_runner.errors import DataError
from trial_runner.final_model.model import FinalModel

WEIGHTS = "weights.pt"
_ROWS_AT_ONCE = 256


def keep_weights(folder: Path, network: nn.Module, name: str = WEIGHTS) -> None:
    """Write a network's weights and buffers, wherever they were trained."""
    state = {key: tensor.detach().cpu() for key, tensor in network.state_dict().items()}
    torch.save(state, folder / name)


def with_weights(model: FinalModel, network: nn.Module, name: str = WEIGHTS) -> nn.Module:
    """Fill a network with the weights that were kept; return it, ready to predict.

    Raises:
        DataError: They are of another network.
    """
    state: dict[str, Any] = torch.load(model.file(name), map_location="cpu", weights_only=True)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise DataError(
            f"{model.folder / name} does not fit the network that its model.json describes "
            f"({str(error).splitlines()[0]}); was it kept by another version of eegtune?"
        ) from None
    return network.eval()


@torch.no_grad()
def network_probabilities(network: nn.Module, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return class probabilities (n, classes) of rows (n, channels, samples)."""
    said = []
    for rows in torch.split(torch.from_numpy(np.ascontiguousarray(inputs)), _ROWS_AT_ONCE):
        said.append(torch.softmax(network(rows).float(), dim=1).double())
    return np.asarray(torch.cat(said).numpy())
