"""Mixup and CutMix of feature vectors.

Zhang et al. 2018, mixup: Beyond empirical risk minimization. Yun et al. 2019, CutMix; on feature
vectors the patch is a block of neighbouring features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Mix(NamedTuple):
    """How the rows of one model's batch are mixed.

    Attributes:
        partner: (rows,) index of the row that each is mixed with.
        keep: (features,) share that each feature keeps of its own row.
        label_keep: Share that the targets keep of their own row.
    """

    partner: NDArray[np.int64]
    keep: NDArray[np.float32]
    label_keep: float


def draw_mix(
    rng: np.random.Generator,
    valid_rows: int,
    rows: int,
    features: int,
    mixup_alpha: float,
    cutmix_probability: float,
) -> Mix:
    """Draw the mixing of a batch of which only the first `valid_rows` count."""
    partner, keep, _ = no_mix(rows, features)
    if valid_rows == 0:  # nothing is drawn, so that a model draws alike in any stack
        return no_mix(rows, features)
    if cutmix_probability > 0 and rng.random() < cutmix_probability:
        length = round(features * rng.random())
        start = rng.integers(0, features - length + 1)
        keep[start : start + length] = 0.0
        label_keep = 1.0 - length / features
    elif mixup_alpha > 0:
        label_keep = rng.beta(mixup_alpha, mixup_alpha)
        keep[:] = label_keep
    else:
        return no_mix(rows, features)
    partner[:valid_rows] = rng.permutation(valid_rows)
    return Mix(partner, keep, label_keep)


def no_mix(rows: int, features: int) -> Mix:
    """Return the mixing that leaves every row as it is."""
    return Mix(np.arange(rows), np.ones(features, np.float32), 1.0)


def apply_mixes(
    mixes: Sequence[Sequence[Mix]], features: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """Mix the batches of an epoch.

    Args:
        mixes: Of each model, one a batch.
        features: (models, batches, rows, features).
        targets: (models, batches, rows, classes).
    """
    flat = [mix for of_model in mixes for mix in of_model]
    count, rows = len(flat), features.shape[2]
    batch = torch.arange(count)[:, None]
    partner = torch.from_numpy(np.stack([mix.partner for mix in flat]))
    keep = torch.from_numpy(np.stack([mix.keep for mix in flat]))[:, None, :]
    label_keep = torch.tensor([mix.label_keep for mix in flat])[:, None, None]
    x, y = features.reshape(count, rows, -1), targets.reshape(count, rows, -1)
    return (
        torch.lerp(x[batch, partner], x, keep).view(features.shape),
        torch.lerp(y[batch, partner], y, label_keep).view(targets.shape),
    )
