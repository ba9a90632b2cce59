from __future__ import annotations

import pytest
import torch
from torch import nn

from trial_runner.training.fit_settings import FitSettings, OptimizerName
from trial_runner.training.network_optimizers import (
    build_optimizer,
    parameter_groups,
    set_learning_rate,
)


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def test_vectors_do_not_decay_and_lower_layers_learn_slower() -> None:
    network = _network()
    settings = FitSettings(weight_decay=0.1, layer_decay=0.5)
    groups = parameter_groups(list(network), settings)
    found = [
        (sum(p.numel() for p in group["params"]), group["weight_decay"], group["share"])
        for group in groups
    ]
    assert found == [(12, 0.1, 0.25), (4, 0, 0.25), (8, 0, 0.5), (8, 0.1, 1), (2, 0, 1)]
    optimizer = build_optimizer(groups, settings)
    set_learning_rate(optimizer, 0.2)
    rates = [group["lr"] for group in optimizer.param_groups]
    assert rates == pytest.approx([0.05, 0.05, 0.1, 0.2, 0.2])


def test_frozen_parameters_are_left_out() -> None:
    network = _network()
    network[0].requires_grad_(False)
    assert len(parameter_groups(list(network), FitSettings())) == 3


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "rmsprop", "lamb"])
def test_every_optimizer_learns(name: OptimizerName) -> None:
    network, x = _network(), torch.randn(64, 3)
    y = (x[:, 0] > 0).long()
    settings = FitSettings(optimizer=name, learning_rate=0.01)
    optimizer = build_optimizer(parameter_groups([network], settings), settings)
    losses = []
    for _ in range(60):
        loss = nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
