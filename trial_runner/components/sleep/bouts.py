"""Bout rules: a stage that lasts too briefly belongs to its longer neighbour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def enforce_bouts(stages: NDArray[np.int64], shortest: Sequence[int]) -> NDArray[np.int64]:
    """Return the stages of one night without bouts that are too short.

    The shortest offending bout goes first, the earliest of equals; it takes the stage of the
    longer of its neighbours, of equals the earlier.

    Args:
        stages: (epochs,) indices of stages in time order.
        shortest: By stage, the fewest epochs that a bout may last.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(stages) != 0])
    values = [int(stages[start]) for start in starts]
    lengths = np.diff(np.r_[starts, len(stages)]).tolist()
    while len(values) > 1:
        offending = [
            (length, index)
            for index, (length, value) in enumerate(zip(lengths, values, strict=True))
            if length < shortest[value]
        ]
        if not offending:
            break
        _give_away(values, lengths, min(offending)[1])
    return np.repeat(np.array(values, np.int64), lengths)


def _give_away(values: list[int], lengths: list[int], index: int) -> None:
    """Give one bout to a neighbour and join neighbours that are now alike."""
    before = lengths[index - 1] if index > 0 else -1
    after = lengths[index + 1] if index + 1 < len(values) else -1
    values[index] = values[index - 1] if before >= after else values[index + 1]
    for right in (index + 1, index):
        if 0 < right < len(values) and values[right] == values[right - 1]:
            lengths[right - 1] += lengths.pop(right)
            values.pop(right)
