"""Convolutions over the window, what they find at most and on average, and a course to rebuild."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

_STRETCHES = 8


class ActivityNetwork(nn.Module):
    """From windows (rows, sensors, samples) to logits; in training also to a loss of its own.

    The loss of its own is that of the sensors' course, rebuilt from the same features: it keeps
    the features from holding on to what only tells the training persons' classes apart.
    """

    def __init__(self, sensors: int, hidden: int, classes: int, mean: Tensor, deviation: Tensor):
        """Build a network for sensors of a mean and a deviation, each (sensors, 1)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.blocks = nn.Sequential(_block(sensors, hidden), _block(hidden, hidden))
        self.output = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * hidden, classes))
        self.decoder = nn.Linear(2 * hidden, sensors * _STRETCHES)

    def forward(self, signal: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return logits, in training with the loss of the rebuilt course."""
        normal = (signal - self.get_buffer("mean")) / self.get_buffer("deviation")
        found = self.blocks(normal)
        features = torch.cat([found.amax(dim=2), found.mean(dim=2)], dim=1)
        logits: Tensor = self.output(features)
        if not self.training:
            return logits
        course = functional.adaptive_avg_pool1d(normal, _STRETCHES).flatten(1)
        return logits, functional.mse_loss(self.decoder(features), course)


def layers_of(network: nn.Module) -> Sequence[nn.Module]:
    """Return the layers from input to output."""
    return list(network.children())


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    )
