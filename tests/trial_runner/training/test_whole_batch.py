from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from trial_runner.training.processes import Processes
from trial_runner.training.whole_batch import WholeDropout, announce_rows, share_dropout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("processes")
    kept = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    program = Path(__file__).with_name("share_batches.py")
    subprocess.run(
        [sys.executable, str(program), str(folder)], env=kept | {"OMP_NUM_THREADS": "1"},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("training", ["finetune", "pretrain"])
def test_two_processes_train_as_one_does(trained: Path, training: str) -> None:
    """Dropout, mixup, contrast of rows, gathered gradients, mean of weights: all as of one."""
    one, first, second = (
        np.array(json.loads((trained / f"{name}.json").read_text())[training])
        for name in ("1-0", "2-0", "2-1")
    )
    assert np.array_equal(first, second)
    np.testing.assert_allclose(first, one, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("rows", "shares"), [(5, [[0, 2, 4], [1, 3]]), (2, [[0], [1]]), (1, [[0], []]), (0, [[], []])]
)
def test_shares_are_all_rows_once(rows: int, shares: list[list[int]]) -> None:
    found = [Processes(rank, 2).share_of(torch.arange(rows)).tolist() for rank in range(2)]
    assert found == shares


def test_alone_nothing_is_another() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    share_dropout(network)
    announce_rows(network, 4)
    assert type(network[1]) is nn.Dropout
    assert Processes(0, 1).share_of(torch.arange(3)).tolist() == [0, 1, 2]


def test_dropout_is_that_of_torch_until_rows_are_announced() -> None:
    ours, torchs, numbers = WholeDropout(0.5), nn.Dropout(0.5), torch.ones(8, 4)
    torch.manual_seed(1)
    first = ours(numbers)
    torch.manual_seed(1)
    assert torch.equal(first, torchs(numbers))
    assert torch.equal(ours.eval()(numbers), numbers)
