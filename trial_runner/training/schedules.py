"""Learning rates by step."""

from __future__ import annotations

import math
from typing import Literal, get_args

Schedule = Literal["cosine", "step", "exponential"]

_STEP_FACTOR = 0.1
_STEPS_DOWN = 3
_EXPONENTIAL_END = 0.01


def learning_rate_at(
    step: int, highest: float, schedule: Schedule, warmup_steps: int, total_steps: int
) -> float:
    """Return the learning rate of a step, counted from 0.

    It rises linearly to `highest` over `warmup_steps`. Over the rest, `cosine` falls to 0, `step`
    falls to a tenth after each third, `exponential` falls to a hundredth. A run shorter than its
    warm-up only rises.

    >>> [round(learning_rate_at(step, 1.0, "step", 2, 8), 9) for step in (0, 1, 2, 4, 6)]
    [0.5, 1.0, 1.0, 0.1, 0.01]
    """
    if schedule not in get_args(Schedule):
        raise ValueError(f"no schedule {schedule!r}; there are {get_args(Schedule)}")
    if step < warmup_steps:
        return highest * (step + 1) / warmup_steps
    done = min((step - warmup_steps) / max(1, total_steps - warmup_steps), 1.0)
    if schedule == "cosine":
        return highest * 0.5 * (1 + math.cos(math.pi * done))
    if schedule == "exponential":
        return highest * math.pow(_EXPONENTIAL_END, done)
    thirds = min(int(done * _STEPS_DOWN), _STEPS_DOWN - 1)
    return highest * math.pow(_STEP_FACTOR, thirds)
