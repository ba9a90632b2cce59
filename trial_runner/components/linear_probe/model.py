"""A stack of heads: features → [hidden layer] → classes, all parameters in one matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

Activation = Literal["relu", "gelu", "swish"]

_NORM_EPSILON = 1e-5
_NORM_MOMENTUM = 0.1


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of one head.

    Attributes:
        features: Inputs.
        classes: Outputs.
        hidden: Units of the hidden layer, 0 for none.
        batch_norm: Whether hidden units (features, where there are none) are normalised.
        activation: Of the hidden layer.
        dropout_rate: Share of hidden units (or features) dropped in training.
    """

    features: int
    classes: int
    hidden: int = 0
    batch_norm: bool = False
    activation: Activation = "gelu"
    dropout_rate: float = 0.0

    @property
    def width(self) -> int:
        """Inputs of the output layer."""
        return self.hidden or self.features


class _Part(NamedTuple):
    name: str
    shape: tuple[int, ...]
    decayed: bool


class Batch(NamedTuple):
    """What counts of one batch of every model.

    Attributes:
        row_share: (models, 1, rows) one over the number of rows that count, 0 for others.
        counts: (models, 1) number of rows that count.
        kept: (models, rows, width) 0 where dropped, else 1 / (1 - rate); None for no dropout.
    """

    row_share: Tensor
    counts: Tensor
    kept: Tensor | None


class Heads:
    """Heads of one shape, side by side.

    Attributes:
        shape: Of each.
        sizes: Numbers of parameters of its tensors, in the order of the matrix.
        parameters: (models, parameters), what is trained.
        running_mean: (models, width) of batch normalisation.
        running_variance: The same.
    """

    def __init__(self, shape: Shape, generators: Sequence[np.random.Generator]) -> None:
        """Draw the start of each head from its own generator."""
        self.shape = shape
        self._parts = _parts(shape)
        self.sizes = [math.prod(part.shape) for part in self._parts]
        rows = [self._draw(rng) for rng in generators]
        self.parameters = torch.from_numpy(np.stack(rows)).requires_grad_()
        self.running_mean = torch.zeros(len(generators), shape.width)
        self.running_variance = torch.ones(len(generators), shape.width)

    @property
    def decayed(self) -> Tensor:
        """(parameters,) 1 for weights, 0 for biases and normalisation."""
        return torch.cat(
            [torch.full((size,), float(part.decayed))
             for part, size in zip(self._parts, self.sizes, strict=True)]
        )  # fmt: skip

    def logits(self, features: Tensor, batch: Batch | None = None) -> Tensor:
        """Return logits (models, rows, classes).

        Args:
            features: (models, rows, features).
            batch: In training, what of the rows counts; running statistics then move.
        """
        part = self._views()
        x = features
        if self.shape.hidden:
            x = torch.baddbmm(part["hidden_bias"], x, part["hidden_weight"])
        if self.shape.batch_norm:
            x = torch.addcmul(part["norm_bias"], self._normalise(x, batch), part["norm_weight"])
        if self.shape.hidden:
            x = _activate(x, self.shape.activation)
        if batch is not None and batch.kept is not None:
            x = x * batch.kept
        return torch.baddbmm(part["bias"], x, part["weight"])

    def _views(self) -> dict[str, Tensor]:
        pieces = torch.split(self.parameters, self.sizes, dim=1)
        return {
            part.name: piece.view(len(self.parameters), *part.shape)
            for part, piece in zip(self._parts, pieces, strict=True)
        }

    def _normalise(self, x: Tensor, batch: Batch | None) -> Tensor:
        if batch is None:
            mean, variance = self.running_mean[:, None], self.running_variance[:, None]
            return (x - mean) * torch.rsqrt(variance + _NORM_EPSILON)
        centred = x - torch.bmm(batch.row_share, x)
        variance = torch.bmm(batch.row_share, centred * centred)
        self._remember(x, centred, variance, batch)
        return centred * torch.rsqrt(variance + _NORM_EPSILON)

    @torch.no_grad()
    def _remember(self, x: Tensor, centred: Tensor, variance: Tensor, batch: Batch) -> None:
        """Move the running statistics of models that have rows, as torch's BatchNorm does."""
        counts = batch.counts
        unbiased = variance[:, 0] * (counts / (counts - 1).clamp(min=1))
        mean = x[:, 0] - centred[:, 0]
        rate = _NORM_MOMENTUM * (counts > 0)
        self.running_mean = torch.lerp(self.running_mean, mean, rate)
        self.running_variance = torch.lerp(self.running_variance, unbiased, rate)

    def _draw(self, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Draw as torch's Linear does: uniform in ±1/√inputs; normalisation starts as identity."""
        pieces = []
        for part, size in zip(self._parts, self.sizes, strict=True):
            if part.name.startswith("norm"):
                pieces.append(np.full(size, float(part.name == "norm_weight")))
            else:
                inputs = (
                    self.shape.features if part.name.startswith("hidden") else self.shape.width
                )
                pieces.append(rng.uniform(-1, 1, size) / math.sqrt(inputs))
        return np.concatenate(pieces).astype(np.float32)


def _parts(shape: Shape) -> list[_Part]:
    parts = []
    if shape.hidden:
        parts.append(_Part("hidden_weight", (shape.features, shape.hidden), True))
        parts.append(_Part("hidden_bias", (1, shape.hidden), False))
    if shape.batch_norm:
        parts.append(_Part("norm_weight", (1, shape.width), False))
        parts.append(_Part("norm_bias", (1, shape.width), False))
    parts.append(_Part("weight", (shape.width, shape.classes), True))
    parts.append(_Part("bias", (1, shape.classes), False))
    return parts


def _activate(x: Tensor, activation: Activation) -> Tensor:
    if activation == "relu":
        return torch.relu(x)
    if activation == "gelu":
        return torch.nn.functional.gelu(x)
    return torch.nn.functional.silu(x)
