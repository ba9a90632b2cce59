from __future__ import annotations

import numpy as np
import pytest
import torch

from trial_runner.training.fit_settings import Augmentation
from trial_runner.training.signal_augmentation import (
    add_noise,
    amplitude_scale,
    augment,
    cutmix,
    mask_channels,
    mask_time,
    mixup,
    time_shift,
)


def _draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _constant_rows(rows: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Row i holds the number i everywhere, and is of class i."""
    signal = torch.arange(rows).float()[:, None, None].expand(rows, 2, 50).clone()
    return signal, torch.eye(rows)


@pytest.mark.parametrize("seed", range(5))
def test_mixup_mixes_targets_as_the_signal(seed: int) -> None:
    signal, targets = _constant_rows()
    mixed, labels = mixup(signal, targets, 0.4, _draw(seed))
    assert torch.allclose(labels.sum(dim=1), torch.ones(6))
    expected = labels @ torch.arange(6).float()
    assert torch.allclose(mixed, expected[:, None, None].expand_as(mixed), atol=1e-5)


def test_the_share_of_mixup_is_of_the_beta_distribution() -> None:
    signal, targets = torch.tensor([0.0, 1.0])[:, None, None].expand(2, 1, 1), torch.eye(2)
    generator = _draw()
    shares = np.array(
        [float(mixup(signal, targets, 0.5, generator)[1].max()) for _ in range(2000)]
    )
    # Beta(½, ½) has variance ⅛; a pair that meets itself stays whole.
    other = shares[shares < 1]
    assert np.mean((other - 0.5) ** 2) == pytest.approx(0.125, rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_cutmix_counts_labels_by_time(seed: int) -> None:
    signal, targets = _constant_rows()
    mixed, labels = cutmix(signal, targets, _draw(seed))
    for row in range(6):
        own = float((mixed[row] == row).float().mean())
        assert float(labels[row, row]) == pytest.approx(own, abs=1e-6)


def test_a_masked_stretch_is_one_and_as_long_as_said() -> None:
    masked = mask_time(torch.ones(20, 3, 100), 0.2, _draw())
    zeros = (masked == 0).all(dim=1)
    assert zeros.sum(dim=1).tolist() == [20] * 20
    edges = zeros.int().diff(dim=1).abs().sum(dim=1)
    assert int(edges.max()) <= 2
    assert len({int(row.float().argmax()) for row in zeros}) > 5


def test_masked_channels_are_whole_and_as_many_as_said() -> None:
    masked = mask_channels(torch.ones(200, 10, 4), 0.3, _draw())
    per_channel = masked.mean(dim=2)
    assert set(per_channel.unique().tolist()) == {0.0, 1.0}
    assert float((per_channel == 0).float().mean()) == pytest.approx(0.3, abs=0.04)


def test_noise_is_in_deviations_of_the_row() -> None:
    signal = torch.randn(4, 5, 400) * torch.tensor([1.0, 2.0, 5.0, 10.0])[:, None, None]
    added = add_noise(signal, 0.1, _draw()) - signal
    ratio = added.std(dim=(1, 2)) / signal.std(dim=(1, 2))
    assert ratio.tolist() == pytest.approx([0.1] * 4, rel=0.08)


def test_a_shift_only_moves() -> None:
    signal = torch.arange(40).float().expand(8, 2, 40)
    shifted = time_shift(signal, 0.25, _draw())
    assert torch.equal(shifted.sort(dim=2).values, signal)
    starts = shifted[:, 0, 0]
    assert bool(((starts <= 10) | (starts >= 30)).all())
    assert torch.equal(shifted[:, 0], shifted[:, 1])


def test_amplitudes_stay_within_their_range() -> None:
    scaled = amplitude_scale(torch.ones(100, 2, 3), 0.2, _draw())
    assert 0.8 <= float(scaled.min()) < 0.85
    assert 1.15 < float(scaled.max()) <= 1.2


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    signal, targets = _constant_rows()
    assert augment(signal, targets, Augmentation(), _draw()) == (signal, targets)


def test_the_same_generator_draws_the_same() -> None:
    plan = Augmentation(0.2, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1)
    signal, targets = torch.randn(8, 3, 64), torch.eye(8)
    first, second = (augment(signal, targets, plan, _draw(4)) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
