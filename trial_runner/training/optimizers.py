"""AdamW, SGD and LAMB for a stack of models whose parameters lie in one matrix.

One row a model: each model has its own learning rate, its own step count and its own norms, which
torch.optim cannot do, and one update is a handful of operations whatever the number of layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

Optimizer = Literal["adamw", "sgd", "lamb"]

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8
_LAMB_EPSILON = 1e-6
_MOMENTUM = 0.9


@dataclass(slots=True)
class StackedOptimizer:
    """Updates a parameter matrix (models, parameters) in place.

    Attributes:
        name: The rule.
        weight_decay: Decoupled for AdamW and LAMB, added to the gradient for SGD, as torch does.
        decayed: (parameters,) 1 where weight decay applies, else 0.
        sizes: Numbers of parameters of the layers, by which LAMB scales.
        first: (models, parameters) running mean of gradients.
        second: (models, parameters) running mean of squared gradients.
        steps: (models, 1) updates done.
    """

    name: Optimizer
    weight_decay: float
    decayed: Tensor
    sizes: Sequence[int]
    first: Tensor
    second: Tensor
    steps: Tensor = field(init=False)

    def __post_init__(self) -> None:
        if self.name not in get_args(Optimizer):
            raise ValueError(f"no optimizer {self.name!r}; there are {get_args(Optimizer)}")
        self.steps = torch.zeros(len(self.first), 1)

    @torch.no_grad()
    def update(
        self,
        parameters: Tensor,
        gradient: Tensor,
        learning_rate: Tensor,
        active: Tensor | None = None,
    ) -> None:
        """Change parameters by one step.

        Args:
            parameters: (models, parameters).
            gradient: (models, parameters).
            learning_rate: (models, 1).
            active: (models, 1) true for models that take part, the others stay as they are; None
                where all do.
        """
        if active is None:
            self.steps += 1
            parameters.sub_(learning_rate * self._change(parameters, gradient))
            return
        first, second = self.first.clone(), self.second.clone()
        self.steps += active
        change = self._change(parameters, gradient)
        parameters.sub_(torch.where(active, learning_rate * change, 0.0))
        self.first = torch.where(active, self.first, first)
        self.second = torch.where(active, self.second, second)

    def _change(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        rates = self.weight_decay * self.decayed
        if self.name == "sgd":
            return self.first.mul_(_MOMENTUM).add_(torch.addcmul(gradient, rates, parameters))
        direction = self._adam(gradient, _EPSILON if self.name == "adamw" else _LAMB_EPSILON)
        change = direction.addcmul_(rates, parameters)
        return self._scaled(parameters, change) if self.name == "lamb" else change

    def _adam(self, gradient: Tensor, epsilon: float) -> Tensor:
        """Return the mean gradient over its deviation, both free of their bias towards 0."""
        self.first.lerp_(gradient, 1 - _BETA_1)
        self.second.mul_(_BETA_2).addcmul_(gradient, gradient, value=1 - _BETA_2)
        steps = self.steps.clamp(min=1)
        # In place, as each new matrix of this size costs as much as a pass over it.
        deviation = self.second.sqrt().mul_(torch.rsqrt(1 - torch.pow(_BETA_2, steps)))
        mean = self.first / (1 - torch.pow(_BETA_1, steps))
        return mean.div_(deviation.add_(epsilon))

    def _scaled(self, parameters: Tensor, change: Tensor) -> Tensor:
        """Scale by LAMB's ratio of norms, layer by layer (You et al. 2020, algorithm 2)."""
        sizes = list(self.sizes)
        pairs = zip(torch.split(parameters, sizes, 1), torch.split(change, sizes, 1), strict=True)
        for weights, step in pairs:
            weight_norm = torch.linalg.vector_norm(weights, dim=1, keepdim=True)
            step_norm = torch.linalg.vector_norm(step, dim=1, keepdim=True)
            both = (weight_norm > 0) & (step_norm > 0)
            step.mul_(torch.where(both, weight_norm / step_norm.clamp(min=1e-30), 1.0))
        return change


def clip_gradient(gradient: Tensor, largest_norm: float) -> Tensor:
    """Return the gradient (models, parameters), each model's scaled to a norm at most so large.

    A norm of 0 clips nothing.
    """
    if largest_norm <= 0:
        return gradient
    norm: Tensor = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    scale: Tensor = (largest_norm / (norm + 1e-6)).clamp(max=1.0)
    return gradient * scale
