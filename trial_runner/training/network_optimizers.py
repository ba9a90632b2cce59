"""Optimizers of a network's parameters: torch's, and LAMB of pytorch-optimizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from trial_runner.errors import TrialError
from trial_runner.training.fit_settings import FitSettings
from trial_runner.training.processes import sum_gradients

Group = dict[str, Any]


def build_optimizer(groups: Sequence[Group], settings: FitSettings) -> torch.optim.Optimizer:
    """Return the optimizer; the schedule sets the rates of its groups before every step.

    Raises:
        TrialError: LAMB is asked for and its package is absent.
    """
    rate, groups = settings.learning_rate, list(groups)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=True)
    if settings.optimizer == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=True)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, fused=True)
    if settings.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate)
    return _lamb(groups, rate)


def parameter_groups(layers: Iterable[nn.Module], settings: FitSettings) -> list[Group]:
    """Return groups with weight decay and the layer's share of the learning rate.

    Biases, norms and other vectors do not decay. With `layer_decay` d, the last layer learns at
    the full rate, the one before at d times it, and so on.

    Args:
        layers: From the input to the output; no parameter may be in two.
        settings: Of the training.
    """
    ordered = list(layers)
    return [
        group
        for index, layer in enumerate(ordered)
        for group in _of_layer(layer, settings, settings.layer_decay ** (len(ordered) - 1 - index))
    ]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set every group's rate to its share of a rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def finish_gradients(
    module: Any, optimizer: torch.optim.Optimizer, networks: Iterable[nn.Module], clip: float
) -> None:
    """Make gradients ready for a step: of all processes, of their true size, clipped.

    Called in Lightning's `on_before_optimizer_step`. It has unscaled gradients of 16 bits by then,
    but for fused optimizers, whose gradients it refuses to clip for that reason.

    Args:
        module: The LightningModule in training.
        optimizer: Of its parameters.
        networks: Each is clipped by itself.
        clip: Largest norm; 0 clips nothing.
    """
    networks = list(networks)
    sum_gradients(networks)
    scaler = getattr(module.trainer.precision_plugin, "scaler", None)
    if scaler is not None and getattr(optimizer, "_step_supports_amp_scaling", False):
        scaler.unscale_(optimizer)
    if clip > 0:
        for network in networks:
            nn.utils.clip_grad_norm_(network.parameters(), clip)


def _of_layer(layer: nn.Module, settings: FitSettings, share: float) -> Iterator[Group]:
    trained = [one for one in layer.parameters() if one.requires_grad]
    decayed, free = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
    for parameters, decay in ((decayed, settings.weight_decay), (free, 0.0)):
        if parameters:
            yield {"params": parameters, "weight_decay": decay, "share": share}


def _lamb(groups: Sequence[Group], rate: float) -> torch.optim.Optimizer:
    try:
        from pytorch_optimizer import Lamb
    except ModuleNotFoundError:
        raise TrialError(
            "--optimizer=lamb needs the package pytorch-optimizer, which is not installed; "
            "pip install 'eegtune[torch]', or take adamw"
        ) from None
    optimizer: torch.optim.Optimizer = Lamb(groups, lr=rate)
    return optimizer
