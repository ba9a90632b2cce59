"""Learning rates by step."""

from __future__ import annotations

import math
from typing import Literal, get_args

Schedule = Literal["cosine", "step", "exponential", "onecycle", "linear", "constant"]

_STEP_FACTOR = 0.1
_STEPS_DOWN = 3
_EXPONENTIAL_END = 0.01
_ONECYCLE_START, _ONECYCLE_END, _ONECYCLE_RISE = 1 / 25, 1 / 250_000, 0.3


def learning_rate_at(
    step: int,
    highest: float,
    schedule: Schedule,
    warmup_steps: int,
    total_steps: int,
    floor: float = 0.0,
) -> float:
    """Return the learning rate of a step, counted from 0.

    It rises linearly to `highest` over `warmup_steps`. Over the rest, `cosine` and `linear` fall
    to `floor` times it, `step` falls to a tenth after each third, `exponential` falls to a
    hundredth, `constant` stays. A run shorter than its warm-up only rises. `onecycle` has its own
    rise, over 30 % of all steps from a 25th, and falls to a 250,000th, as torch's OneCycleLR;
    `warmup_steps` does not matter to it.

    >>> [round(learning_rate_at(step, 1.0, "step", 2, 8), 9) for step in (0, 1, 2, 4, 6)]
    [0.5, 1.0, 1.0, 0.1, 0.01]
    """
    if schedule not in get_args(Schedule):
        raise ValueError(f"no schedule {schedule!r}; there are {get_args(Schedule)}")
    if schedule == "onecycle":
        return highest * _one_cycle(step, total_steps)
    if step < warmup_steps:
        return highest * (step + 1) / warmup_steps
    done = min((step - warmup_steps) / max(1, total_steps - warmup_steps), 1.0)
    if schedule == "exponential":
        return highest * math.pow(_EXPONENTIAL_END, done)
    if schedule == "step":
        thirds = min(int(done * _STEPS_DOWN), _STEPS_DOWN - 1)
        return highest * math.pow(_STEP_FACTOR, thirds)
    left = {"cosine": 0.5 * (1 + math.cos(math.pi * done)), "linear": 1 - done, "constant": 1.0}
    return highest * (floor + (1 - floor) * left[schedule])


def _one_cycle(step: int, total_steps: int) -> float:
    """Return the share of the highest rate, by cosines up and down (Smith and Topin 2017)."""
    top = _ONECYCLE_RISE * total_steps - 1
    last = max(total_steps - 1, top + 1)
    if top > 0 and step <= top:
        return _between(_ONECYCLE_START, 1.0, step / top)
    return _between(1.0, _ONECYCLE_END, min((step - top) / (last - top), 1.0))


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * done))
