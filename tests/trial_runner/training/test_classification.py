from __future__ import annotations

import itertools

import numpy as np
import pytest

from trial_runner.training.classification import rows_of_share


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_share_has_all_of_a_smaller_one(seed: int) -> None:
    labels = np.repeat([0, 1, 2], [60, 30, 1])
    rows = np.arange(0, 91, 2)
    shares = [rows_of_share(rows, labels, share, seed).tolist() for share in (0.2, 0.5, 0.9, 1.0)]
    for smaller, larger in itertools.pairwise(shares):
        assert set(smaller) < set(larger) <= set(rows.tolist())
    assert np.bincount(labels[shares[1]]).tolist() == [15, 8, 1]  # every class its share
