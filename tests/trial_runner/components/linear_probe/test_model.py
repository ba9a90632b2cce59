from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trial_runner.components.linear_probe.model import Batch, Heads, Shape

torch.set_num_threads(1)
ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "swish": nn.SiLU}


def _heads(models: int = 2, **fields: Any) -> Heads:
    shape = Shape(features=5, classes=3, **fields)
    return Heads(shape, [np.random.default_rng(seed) for seed in range(models)])


def _reference(heads: Heads, model: int) -> nn.Sequential:
    """The same head in torch's own layers, with the same parameters."""
    shape, layers = heads.shape, []
    if shape.hidden:
        layers.append(nn.Linear(shape.features, shape.hidden))
    if shape.batch_norm:
        layers.append(nn.BatchNorm1d(shape.width))
    if shape.hidden:
        layers.append(ACTIVATIONS[shape.activation]())
    layers.append(nn.Linear(shape.width, shape.classes))
    reference = nn.Sequential(*layers)
    values = iter(torch.split(heads.parameters[model].detach(), _sizes(reference)))
    with torch.no_grad():
        for parameter in reference.parameters():
            value = next(values)
            shaped = value.view(parameter.shape[::-1]).T if parameter.ndim == 2 else value
            parameter.copy_(shaped)
    return reference


def _sizes(reference: nn.Sequential) -> list[int]:
    return [parameter.numel() for parameter in reference.parameters()]


def _batch(models: int, rows: int, valid: int | None = None) -> Batch:
    counted = torch.arange(rows) < (rows if valid is None else valid)
    share = (counted.float() / counted.sum()).expand(models, 1, rows)
    return Batch(share, counted.sum().float().expand(models, 1), None)


def _features(models: int, rows: int) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(models, rows, 5, generator=generator) * 2 + 1


@pytest.mark.parametrize("hidden", [0, 7])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_a_stack_computes_what_torch_s_layers_do(
    hidden: int, batch_norm: bool, activation: Any
) -> None:
    heads = _heads(hidden=hidden, batch_norm=batch_norm, activation=activation)
    references = [_reference(heads, model) for model in range(2)]
    features = _features(2, 8)
    for _ in range(3):  # running statistics move alike
        ours = heads.logits(features, _batch(2, 8))
        theirs = torch.stack([references[i](features[i]) for i in range(2)])
        torch.testing.assert_close(ours, theirs)
        (ours**2).sum().backward()
        (theirs**2).sum().backward()
    for model, reference in enumerate(references):
        gradient = torch.cat(
            [p.grad.T.reshape(-1) if p.ndim == 2 else p.grad
             for p in reference.parameters() if p.grad is not None]
        )  # fmt: skip
        assert heads.parameters.grad is not None
        torch.testing.assert_close(heads.parameters.grad[model], gradient, rtol=1e-4, atol=1e-4)
        reference.eval()
    evaluated = torch.stack([references[i](features[i]) for i in range(2)])
    torch.testing.assert_close(heads.logits(features), evaluated)


def test_rows_that_fill_up_do_not_touch_the_normalisation() -> None:
    filled, alone = (_heads(hidden=7, batch_norm=True) for _ in range(2))
    features = _features(2, 8)
    features[:, 5:] = 1e6
    ours = filled.logits(features, _batch(2, 8, valid=5))[:, :5]
    torch.testing.assert_close(ours, alone.logits(features[:, :5], _batch(2, 5)))
    torch.testing.assert_close(filled.running_mean, alone.running_mean)
    torch.testing.assert_close(filled.running_variance, alone.running_variance)


def test_a_model_without_rows_keeps_its_statistics() -> None:
    heads = _heads(batch_norm=True)
    share = torch.stack([torch.full((1, 8), 1 / 8), torch.zeros(1, 8)])
    batch = Batch(share, torch.tensor([[8.0], [0.0]]), None)
    assert torch.isfinite(heads.logits(_features(2, 8), batch)).all()
    assert heads.running_mean[0].abs().sum() > 0
    torch.testing.assert_close(heads.running_mean[1], torch.zeros(5))
    torch.testing.assert_close(heads.running_variance[1], torch.ones(5))


@pytest.mark.parametrize("hidden", [0, 7])
def test_dropout_multiplies_what_enters_the_output_layer(hidden: int) -> None:
    heads = _heads(hidden=hidden, dropout_rate=0.5)
    width = hidden or 5
    batch = _batch(2, 4)._replace(kept=torch.zeros(2, 4, width))
    bias = heads.parameters.detach()[:, -3:]
    torch.testing.assert_close(
        heads.logits(_features(2, 4), batch).detach(), bias[:, None].expand(2, 4, 3)
    )


def test_what_decays_and_which_layer_each_parameter_belongs_to() -> None:
    heads = _heads(hidden=2, batch_norm=True)
    assert heads.decayed.tolist() == [1.0] * 10 + [0.0] * 6 + [1.0] * 6 + [0.0] * 3
    assert heads.sizes == [10, 2, 2, 2, 6, 3]


def test_a_head_starts_alike_in_any_stack() -> None:
    two, one = _heads(2, hidden=4), Heads(Shape(5, 3, 4), [np.random.default_rng(1)])
    torch.testing.assert_close(two.parameters[1], one.parameters[0], rtol=0, atol=0)
    bound = 1 / np.sqrt(5)
    weights = two.parameters.detach()[:, :20]
    assert 0.8 * bound < weights.abs().max() <= bound
