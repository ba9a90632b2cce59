"""Convolution blocks over the features, an LSTM over what they leave, dense layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of a network.

    Attributes:
        filters: Of each convolution block.
        kernels: Of each block.
        pooling: What two neighbours become after a block.
        conv_dropout: Share of filters dropped after a block.
        lstm_units: 0 for none: what the blocks leave is averaged instead.
        recurrent_dropout: Share of the LSTM's recurrent weights dropped.
        dense_units: Of each dense layer.
        dense_dropout: Share of units dropped after a dense layer.
        classes: Outputs.
    """

    filters: tuple[int, ...]
    kernels: tuple[int, ...]
    pooling: Literal["max", "average"]
    conv_dropout: float
    lstm_units: int
    recurrent_dropout: float
    dense_units: tuple[int, ...]
    dense_dropout: float
    classes: int


class EmotionNetwork(nn.Module):
    """From rows of features (rows, 1, features) to logits (rows, classes)."""

    def __init__(self, shape: Architecture, mean: Tensor, deviation: Tensor) -> None:
        """Build a network for features of a mean and a deviation, each (features,)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        widths = (1, *shape.filters)
        self.blocks = nn.Sequential(
            *(
                _block(widths[index], widths[index + 1], kernel, shape)
                for index, kernel in enumerate(shape.kernels)
            )
        )
        units = shape.lstm_units
        self.lstm = (
            DroppedLstm(widths[-1], units, shape.recurrent_dropout) if units else _Average()
        )
        dense = (units or widths[-1], *shape.dense_units)
        self.dense = nn.Sequential(
            *(_dense(dense[i], dense[i + 1], shape) for i in range(len(shape.dense_units)))
        )
        self.output = nn.Linear(dense[-1], shape.classes)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits."""
        mean, deviation = self.get_buffer("mean"), self.get_buffer("deviation")
        found = self.blocks((features - mean) / deviation)
        logits: Tensor = self.output(self.dense(self.lstm(found.transpose(1, 2))))
        return logits


class DroppedLstm(nn.Module):
    """An LSTM whose recurrent weights are dropped at random in training (Merity et al. 2018)."""

    def __init__(self, inputs: int, units: int, dropout: float) -> None:
        """Build an LSTM of one layer."""
        super().__init__()
        self.lstm = nn.LSTM(inputs, units, batch_first=True)
        self.dropout = dropout

    def forward(self, steps: Tensor) -> Tensor:
        """Return the state after the last step, (rows, units), of steps (rows, time, inputs)."""
        if not self.training or self.dropout <= 0:
            output: Tensor = self.lstm(steps)[0]
            return output[:, -1]
        weights = functional.dropout(self.lstm.get_parameter("weight_hh_l0"), self.dropout)
        called: Any = torch.func.functional_call(self.lstm, {"weight_hh_l0": weights}, (steps,))
        last: Tensor = called[0][:, -1]
        return last


def layers_of(network: nn.Module) -> Sequence[nn.Module]:
    """Return the layers from input to output."""
    return list(network.children())


class _Average(nn.Module):
    def forward(self, steps: Tensor) -> Tensor:
        return steps.mean(dim=1)


def _block(inputs: int, filters: int, kernel: int, shape: Architecture) -> nn.Sequential:
    pool = nn.MaxPool1d(2) if shape.pooling == "max" else nn.AvgPool1d(2)
    return nn.Sequential(
        nn.Conv1d(inputs, filters, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(filters),
        nn.ReLU(),
        pool,
        nn.Dropout1d(shape.conv_dropout),
    )


def _dense(inputs: int, units: int, shape: Architecture) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(shape.dense_dropout))
