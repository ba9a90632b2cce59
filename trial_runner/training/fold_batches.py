"""An epoch's batches of all folds, handed to Lightning several steps at a time.

Lightning takes one to two milliseconds for what it calls a batch: hooks, progress, results. For a
network whose step takes as long that is half of the time, so what Lightning is given as a batch is
a block of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trial_runner.errors import UsageError

Rows = NDArray[np.int64]
Step = list[Tensor]
STEPS_AT_ONCE = 16  # so few that SIGTERM, which Lightning heeds between blocks, is heeded soon


class FoldBatches:
    """An epoch's batches: for each step, the rows of every fold."""

    def __init__(self, training: Sequence[Rows], batch_size: int, seed: int) -> None:
        """Prepare to shuffle.

        Raises:
            UsageError: A batch is larger than a fold's training data.
        """
        least = min(map(len, training))
        if batch_size > least:
            raise UsageError(
                f"--batch_size is {batch_size}, but a fold trains on {least} rows; take at most "
                f"{least}"
            )
        self._training, self._size, self._seed, self._epoch = training, batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Shuffle the next epoch by its number."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Steps of an epoch; a rest of one row is left out, as nothing can be normalised by it."""
        longest = max(map(len, self._training))
        return longest // self._size + (longest % self._size > 1)

    def __iter__(self) -> Iterator[Step]:
        """Yield the rows of every fold, step by step; a shorter fold ends with empty batches."""
        orders = [
            torch.from_numpy(np.random.default_rng([self._seed, self._epoch, fold]).permutation(r))
            for fold, r in enumerate(self._training)
        ]
        for step in range(len(self)):
            batch = [order[step * self._size : (step + 1) * self._size] for order in orders]
            yield [rows if len(rows) > 1 else rows[:0] for rows in batch]


class StepBlocks:
    """The same steps in blocks of `STEPS_AT_ONCE`, the last one shorter."""

    def __init__(self, batches: FoldBatches) -> None:
        """Gather the steps of an epoch."""
        self._batches = batches

    def set_epoch(self, epoch: int) -> None:
        """Shuffle the next epoch by its number."""
        self._batches.set_epoch(epoch)

    def __len__(self) -> int:
        """Blocks of an epoch."""
        return -(-len(self._batches) // STEPS_AT_ONCE)

    def __iter__(self) -> Iterator[list[Step]]:
        """Yield the steps of a block, block by block."""
        steps = iter(self._batches)
        while block := list(islice(steps, STEPS_AT_ONCE)):
            yield block
