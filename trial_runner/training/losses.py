"""Cross-entropy with soft targets, class weights and focus, for a stack of models."""

from __future__ import annotations

import torch
from torch import Tensor


def smooth_targets(targets: Tensor, smoothing: float) -> Tensor:
    """Return targets (…, classes) with a share spread evenly over all classes."""
    return targets * (1 - smoothing) + smoothing / targets.shape[-1]


def weigh_targets(
    targets: Tensor, row_weights: Tensor, class_weights: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Return what each class of each row counts in a batch's loss (…, rows, classes).

    Smoothed targets times weights, divided by the summed weights of the targets, as torch's
    cross_entropy does. All batches of an epoch can be weighed at once.

    Args:
        targets: Probabilities of the classes, (…, rows, classes), before smoothing.
        row_weights: (…, rows), 0 for rows that only fill up the batch; their sum is free.
        class_weights: (…, classes).
        label_smoothing: Share of the targets spread over all classes.
    """
    weights = class_weights[..., None, :] * row_weights[..., :, None]
    total = (targets * weights).sum(dim=(-2, -1), keepdim=True)
    return smooth_targets(targets, label_smoothing) * weights / total.clamp(min=1e-12)


def stacked_loss(logits: Tensor, weighed_targets: Tensor, focal_gamma: float = 0.0) -> Tensor:
    """Return each model's loss (models,): cross-entropy, focused on hard rows where gamma > 0.

    Each class adds `-target · (1 - p)^gamma · log p`.
    Reference: Lin et al. 2017, Focal loss for dense object detection.

    Args:
        logits: (models, rows, classes).
        weighed_targets: The same shape, see `weigh_targets`.
        focal_gamma: Exponent; 0 is plain cross-entropy.
    """
    log_probabilities = torch.log_softmax(logits, dim=-1)
    parts = weighed_targets * log_probabilities
    if focal_gamma > 0:
        parts = parts * (1 - log_probabilities.exp()).clamp(min=1e-6) ** focal_gamma
    return -parts.sum(dim=(1, 2))
