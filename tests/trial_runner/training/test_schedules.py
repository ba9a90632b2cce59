from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from trial_runner.training.schedules import Schedule, learning_rate_at


@pytest.mark.parametrize("schedule", ["cosine", "step", "exponential", "linear", "constant"])
def test_the_warm_up_rises_evenly_to_the_highest_rate(schedule: Schedule) -> None:
    rates = [learning_rate_at(step, 0.1, schedule, 4, 20) for step in range(5)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1])


@pytest.mark.parametrize("schedule", ["cosine", "step", "exponential"])
def test_a_run_shorter_than_its_warm_up_only_rises(schedule: Schedule) -> None:
    assert learning_rate_at(9, 1.0, schedule, 500, 10) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("schedule", "middle", "last"),
    [
        ("cosine", 0.5, 0.0),
        ("step", 0.1, 0.01),
        ("exponential", 0.1, 0.01),
        ("linear", 0.5, 0.0),
        ("constant", 1.0, 1.0),
    ],
)
def test_where_it_falls_to(schedule: Schedule, middle: float, last: float) -> None:
    assert learning_rate_at(50, 1.0, schedule, 0, 100) == pytest.approx(middle)
    assert learning_rate_at(100, 1.0, schedule, 0, 100) == pytest.approx(last, abs=1e-12)
    assert learning_rate_at(500, 1.0, schedule, 0, 100) == pytest.approx(last, abs=1e-12)


def _torch_rates(scheduler: type[Any], steps: int, **options: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    schedule = scheduler(optimizer, **options)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_they_are_those_of_torch() -> None:
    steps = range(30)
    schedulers = torch.optim.lr_scheduler
    assert [learning_rate_at(s, 0.3, "cosine", 0, 30) for s in steps] == pytest.approx(
        _torch_rates(schedulers.CosineAnnealingLR, 30, T_max=30)
    )
    assert [learning_rate_at(s, 0.3, "step", 0, 30) for s in steps] == pytest.approx(
        _torch_rates(schedulers.StepLR, 30, step_size=10, gamma=0.1)
    )
    gamma = math.pow(0.01, 1 / 30)
    assert [learning_rate_at(s, 0.3, "exponential", 0, 30) for s in steps] == pytest.approx(
        _torch_rates(schedulers.ExponentialLR, 30, gamma=gamma)
    )


def test_a_line_is_that_of_torch() -> None:
    linear = torch.optim.lr_scheduler.LinearLR
    assert [learning_rate_at(s, 0.3, "linear", 0, 30) for s in range(30)] == pytest.approx(
        _torch_rates(linear, 30, start_factor=1.0, end_factor=1e-9, total_iters=30), abs=1e-7
    )


@pytest.mark.parametrize("steps", [4, 10, 33, 100])
def test_one_cycle_is_that_of_torch(steps: int) -> None:
    cycle = torch.optim.lr_scheduler.OneCycleLR
    assert [learning_rate_at(s, 0.3, "onecycle", 0, steps) for s in range(steps)] == pytest.approx(
        _torch_rates(cycle, steps, max_lr=0.3, total_steps=steps), rel=1e-6
    )


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_one_cycle_of_few_steps_stays_within_its_bounds(steps: int) -> None:
    rates = [learning_rate_at(s, 1.0, "onecycle", 0, steps) for s in range(steps + 2)]
    assert all(1 / 250_001 < rate <= 1.0 for rate in rates)


def test_cosine_falls_to_its_floor_as_torch_does() -> None:
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    assert [
        learning_rate_at(s, 0.3, "cosine", 0, 30, floor=0.1) for s in range(30)
    ] == pytest.approx(_torch_rates(cosine, 30, T_max=30, eta_min=0.03))


def test_an_unknown_schedule_is_named() -> None:
    with pytest.raises(ValueError, match="no schedule 'sawtooth'"):
        learning_rate_at(0, 1.0, "sawtooth", 0, 1)  # type: ignore[arg-type]
