"""Mixup and CutMix of feature vectors.

Zhang et al. 2018, mixup: Beyond empirical risk minimization. Yun et al. 2019, CutMix; on feature
vectors the patch is a block of neighbouring features.
"""

from __future__ import annotations

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
    partner = np.arange(rows)
    keep = np.ones(features, np.float32)
    if cutmix_probability > 0 and rng.random() < cutmix_probability:
        length = round(features * rng.random())
        start = rng.integers(0, features - length + 1)
        keep[start : start + length] = 0.0
        label_keep = 1.0 - length / features
    elif mixup_alpha > 0:
        label_keep = rng.beta(mixup_alpha, mixup_alpha)
        keep[:] = label_keep
    else:
        return Mix(partner, keep, 1.0)
    partner[:valid_rows] = rng.permutation(valid_rows)
    return Mix(partner, keep, label_keep)


def apply_mixes(mixes: list[Mix], features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mix each model's batch.

    Args:
        mixes: One a model.
        features: (models, rows, features).
        targets: (models, rows, classes).
    """
    model = torch.arange(len(mixes))[:, None]
    partner = torch.from_numpy(np.stack([mix.partner for mix in mixes]))
    keep = torch.from_numpy(np.stack([mix.keep for mix in mixes]))[:, None, :]
    label_keep = torch.tensor([mix.label_keep for mix in mixes])[:, None, None]
    return (
        torch.lerp(features[model, partner], features, keep),
        torch.lerp(targets[model, partner], targets, label_keep),
    )
