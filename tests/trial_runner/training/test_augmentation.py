from __future__ import annotations

import numpy as np
import torch

from trial_runner.training.augmentation import Mix, apply_mixes, draw_mix, no_mix


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_nothing_is_mixed_or_drawn_without_need() -> None:
    rng = _rng()
    for mix in (draw_mix(rng, 4, 6, 3, 0.0, 0.0), draw_mix(rng, 0, 6, 3, 0.4, 0.5), no_mix(6, 3)):
        assert mix.label_keep == 1.0
        assert mix.partner.tolist() == [0, 1, 2, 3, 4, 5]
        assert mix.keep.tolist() == [1.0, 1.0, 1.0]
    assert rng.random() == _rng().random()


def test_mixup_shares_follow_the_beta_distribution() -> None:
    rng = _rng()
    shares = [draw_mix(rng, 4, 4, 3, 0.2, 0.0).label_keep for _ in range(4000)]
    assert abs(np.mean(shares) - 0.5) < 0.02
    variance = 0.25 / (2 * 0.2 + 1)  # of Beta(0.2, 0.2)
    assert abs(np.var(shares) - variance) < 0.01


def test_only_rows_that_count_are_partners() -> None:
    rng = _rng()
    for _ in range(50):
        mix = draw_mix(rng, 3, 5, 2, 0.2, 0.3)
        assert sorted(mix.partner[:3].tolist()) == [0, 1, 2]
        assert mix.partner[3:].tolist() == [3, 4]


def test_cutmix_swaps_one_block_and_labels_by_its_length() -> None:
    rng = _rng()
    lengths = set()
    for _ in range(200):
        mix = draw_mix(rng, 4, 4, 10, 0.2, 1.0)
        swapped = np.flatnonzero(mix.keep == 0)
        assert set(mix.keep.tolist()) <= {0.0, 1.0}
        assert len(swapped) == 0 or np.ptp(swapped) == len(swapped) - 1
        assert abs(mix.label_keep - (1 - len(swapped) / 10)) < 1e-9
        lengths.add(len(swapped))
    assert lengths == set(range(11))


def test_cutmix_takes_the_place_of_mixup_with_its_probability() -> None:
    rng = _rng()
    is_cut = [set(draw_mix(rng, 4, 4, 50, 0.4, 0.3).keep.tolist()) <= {0.0, 1.0}
              for _ in range(3000)]  # fmt: skip
    assert abs(np.mean(is_cut) - 0.3) < 0.03


def test_mixing_as_written_out_by_hand() -> None:
    features = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])[None, None]
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]])[None, None]
    mix = Mix(np.array([1, 0]), np.array([1.0, 0.0, 0.5], np.float32), 0.75)
    mixed, labels = apply_mixes([[mix]], features, targets)
    torch.testing.assert_close(mixed[0, 0], torch.tensor([[1.0, 20.0, 16.5], [10.0, 2.0, 16.5]]))
    torch.testing.assert_close(labels[0, 0], torch.tensor([[0.75, 0.25], [0.25, 0.75]]))


def test_each_model_and_batch_has_its_own_mixing() -> None:
    features = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    targets = torch.eye(4)[torch.arange(4)].expand(2, 3, 4, 4)
    rng = _rng()
    mixes = [[draw_mix(rng, 4, 4, 5, 0.4, 0.5) for _ in range(3)] for _ in range(2)]
    mixed, labels = apply_mixes(mixes, features, targets)
    for model in range(2):
        for batch in range(3):
            one = apply_mixes(
                [[mixes[model][batch]]],
                features[model, batch][None, None],
                targets[model, batch][None, None],
            )
            torch.testing.assert_close(mixed[model, batch], one[0][0, 0])
            torch.testing.assert_close(labels[model, batch], one[1][0, 0])
