from __future__ import annotations

import numpy as np
import pytest
import torch

from trial_runner.errors import UsageError
from trial_runner.training.fold_batches import STEPS_AT_ONCE, FoldBatches, StepBlocks


def test_the_batches_are_all_rows_once() -> None:
    batches = FoldBatches([np.arange(50), np.arange(30)], 16, 0)
    batches.set_epoch(3)
    steps = list(batches)
    assert len(steps) == len(batches) == 4
    assert sorted(torch.cat([step[0] for step in steps]).tolist()) == list(range(50))
    assert [len(step[1]) for step in steps] == [16, 14, 0, 0]


def test_blocks_are_the_same_steps() -> None:
    batches = FoldBatches([np.arange(2 * STEPS_AT_ONCE * 2 + 2)], 2, 0)
    blocks = StepBlocks(batches)
    blocks.set_epoch(2)
    found = list(blocks)
    assert [len(block) for block in found] == [STEPS_AT_ONCE, STEPS_AT_ONCE, 1]
    assert len(blocks) == 3
    steps = [rows.tolist() for block in found for step in block for rows in step]
    assert steps == [rows.tolist() for step in batches for rows in step]


def test_a_batch_larger_than_the_data() -> None:
    with pytest.raises(UsageError, match="--batch_size is 32, but a fold trains on 20 rows"):
        FoldBatches([np.arange(20)], 32, 0)
