from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from trial_runner.training.losses import smooth_targets, stacked_loss, weigh_targets

torch.set_num_threads(1)
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(3, 8, 4, generator=GENERATOR)
LABELS = torch.randint(0, 4, (3, 8), generator=GENERATOR)
HARD = one_hot(LABELS, 4).float()
WEIGHTS = torch.tensor([0.5, 1.0, 2.0, 3.0])
ALL_ROWS = torch.ones(3, 8)


def _loss(
    logits: Tensor,
    targets: Tensor,
    row_weights: Tensor,
    class_weights: Tensor,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
) -> Tensor:
    weighed = weigh_targets(targets, row_weights, class_weights, label_smoothing)
    return stacked_loss(logits, weighed, focal_gamma)


def test_smoothing_spreads_a_share_over_all_classes() -> None:
    targets = torch.tensor([[1.0, 0.0]])
    torch.testing.assert_close(smooth_targets(targets, 0.2), torch.tensor([[0.9, 0.1]]))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_cross_entropy_of_torch(smoothing: float, weighted: bool) -> None:
    weights = WEIGHTS if weighted else torch.ones(4)
    ours = _loss(LOGITS, HARD, ALL_ROWS, weights.expand(3, 4), smoothing)
    theirs = [
        cross_entropy(LOGITS[i], LABELS[i], weight=weights, label_smoothing=smoothing)
        for i in range(3)
    ]
    torch.testing.assert_close(ours, torch.stack(theirs))


def test_soft_targets_as_torch_takes_them() -> None:
    soft = torch.softmax(torch.randn(3, 8, 4, generator=GENERATOR), -1)
    ours = _loss(LOGITS, soft, ALL_ROWS, torch.ones(3, 4))
    theirs = torch.stack([cross_entropy(LOGITS[i], soft[i]) for i in range(3)])
    torch.testing.assert_close(ours, theirs)


def test_focal_loss_is_that_of_the_paper() -> None:
    probability = torch.softmax(LOGITS, -1).gather(2, LABELS[:, :, None])[:, :, 0]
    expected = (-((1 - probability) ** 2) * probability.log()).mean(1)
    ours = _loss(LOGITS, HARD, ALL_ROWS, torch.ones(3, 4), focal_gamma=2.0)
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_rows_that_fill_up_count_nothing(gamma: float) -> None:
    weights = WEIGHTS.expand(3, 4)
    rows = ALL_ROWS.clone()
    rows[:, 5:] = 0
    filled = _loss(LOGITS, HARD, rows, weights, 0.1, gamma)
    alone = _loss(LOGITS[:, :5], HARD[:, :5], ALL_ROWS[:, :5], weights, 0.1, gamma)
    torch.testing.assert_close(filled, alone)
    nothing = _loss(LOGITS, HARD, torch.zeros(3, 8), weights)
    torch.testing.assert_close(nothing, torch.zeros(3))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_the_gradient_is_finite_where_the_model_is_certain(gamma: float) -> None:
    logits = torch.tensor([[[200.0, -200.0]]], requires_grad=True)
    certain = _loss(
        logits, torch.tensor([[[1.0, 0.0]]]), torch.ones(1, 1), torch.ones(1, 2), 0.1, gamma
    )
    certain.sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_many_batches_are_weighed_as_each_alone() -> None:
    targets, rows = torch.stack([HARD, HARD.flip(1)], 1), torch.ones(3, 2, 8)
    rows[1, 1, 4:] = 0
    weights = WEIGHTS.expand(3, 4)
    together = weigh_targets(targets, rows, weights[:, None], 0.1)
    for batch in range(2):
        alone = weigh_targets(targets[:, batch], rows[:, batch], weights, 0.1)
        torch.testing.assert_close(together[:, batch], alone)
