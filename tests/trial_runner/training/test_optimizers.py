from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from trial_runner.training.optimizers import Optimizer, StackedOptimizer, clip_gradient

torch.set_num_threads(1)
SIZES = (4, 2)
DECAYED = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
WEIGHT_DECAY = 0.1


def _start(models: int) -> Tensor:
    return torch.randn(models, 6, generator=torch.Generator().manual_seed(1))


def _gradient(parameters: Tensor) -> Tensor:
    """Gradient of a quartic with a different curvature in each direction."""
    return (parameters - 1) ** 3 * torch.arange(1.0, 7.0)


def _ours(name: Optimizer, models: int, rates: list[float], steps: int) -> Tensor:
    parameters = _start(models)
    zero = torch.zeros_like(parameters)
    optimizer = StackedOptimizer(name, WEIGHT_DECAY, DECAYED, SIZES, zero, zero.clone())
    for _ in range(steps):
        optimizer.update(parameters, _gradient(parameters), torch.tensor(rates)[:, None])
    return parameters


def _torch(
    make: Callable[[list[dict[str, object]]], torch.optim.Optimizer], row: Tensor, steps: int
) -> Tensor:
    weight, bias = row[:4].clone().requires_grad_(), row[4:].clone().requires_grad_()
    optimizer = make(
        [
            {"params": [weight], "weight_decay": WEIGHT_DECAY},
            {"params": [bias], "weight_decay": 0.0},
        ]
    )
    for _ in range(steps):
        gradient = _gradient(torch.cat([weight, bias]).detach())
        weight.grad, bias.grad = gradient[:4], gradient[4:]
        optimizer.step()
    return torch.cat([weight, bias]).detach()


@pytest.mark.parametrize("steps", [1, 2, 25])
def test_adamw_and_sgd_are_those_of_torch_at_each_model_s_own_rate(steps: int) -> None:
    rates = [0.01, 0.003]
    for name, make in (
        ("adamw", lambda rate: lambda groups: torch.optim.AdamW(groups, lr=rate)),
        ("sgd", lambda rate: lambda groups: torch.optim.SGD(groups, lr=rate, momentum=0.9)),
    ):
        ours = _ours(name, 2, rates, steps)  # type: ignore[arg-type]
        theirs = [
            _torch(make(rate), row, steps) for rate, row in zip(rates, _start(2), strict=True)
        ]
        torch.testing.assert_close(ours, torch.stack(theirs))


def test_lamb_is_the_formula_of_the_paper() -> None:
    """You et al. 2020, algorithm 2, written as in the paper, one layer at a time."""
    steps, rate = 10, 0.02
    expected = _start(1)[0].double()
    first, second = torch.zeros(6).double(), torch.zeros(6).double()
    for step in range(1, steps + 1):
        gradient = _gradient(expected)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        r = (first / (1 - 0.9**step)) / ((second / (1 - 0.999**step)).sqrt() + 1e-6)
        for layer, decay in ((slice(0, 4), WEIGHT_DECAY), (slice(4, 6), 0.0)):
            u = r[layer] + decay * expected[layer]
            expected[layer] = expected[layer] - rate * expected[layer].norm() / u.norm() * u
    torch.testing.assert_close(_ours("lamb", 1, [rate], steps)[0], expected.float())


def test_lamb_leaves_a_layer_of_zeros_its_plain_step() -> None:
    parameters = torch.zeros(1, 6)
    zero = torch.zeros_like(parameters)
    optimizer = StackedOptimizer("lamb", 0.0, DECAYED, SIZES, zero, zero.clone())
    optimizer.update(parameters, torch.ones(1, 6), torch.tensor([[0.1]]))
    torch.testing.assert_close(parameters, torch.full((1, 6), -0.1))


@pytest.mark.parametrize("name", ["adamw", "sgd", "lamb"])
def test_a_model_that_sits_out_is_left_as_it_was(name: Optimizer) -> None:
    parameters, zero = _start(2), torch.zeros(2, 6)
    optimizer = StackedOptimizer(name, WEIGHT_DECAY, DECAYED, SIZES, zero, zero.clone())
    rate = torch.full((2, 1), 0.01)
    optimizer.update(parameters, _gradient(parameters), rate)
    before = [x[1].clone() for x in (parameters, optimizer.first, optimizer.second)]
    active = torch.tensor([[True], [False]])
    optimizer.update(parameters, _gradient(parameters), rate, active)
    after = [x[1] for x in (parameters, optimizer.first, optimizer.second)]
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    assert optimizer.steps[:, 0].tolist() == [2, 1]
    torch.testing.assert_close(parameters[0], _ours(name, 2, [0.01, 0.01], 2)[0])


def test_clipping_is_that_of_torch_for_each_model() -> None:
    gradient = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    expected = []
    for row in gradient:
        parameter = torch.zeros(2, requires_grad=True)
        parameter.grad = row.clone()
        torch.nn.utils.clip_grad_norm_([parameter], 1.0)
        expected.append(parameter.grad)
    torch.testing.assert_close(clip_gradient(gradient, 1.0), torch.stack(expected))
    assert clip_gradient(gradient, 0.0) is gradient


def test_an_unknown_optimizer_is_named() -> None:
    zero = torch.zeros(1, 6)
    with pytest.raises(ValueError, match="no optimizer 'adagrad'"):
        StackedOptimizer("adagrad", 0.0, DECAYED, SIZES, zero, zero)  # type: ignore[arg-type]
