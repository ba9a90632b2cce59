"""Cross-entropy with soft targets, class weights and focus, for a stack of models."""

from __future__ import annotations

import torch
from torch import Tensor


def smooth_targets(targets: Tensor, smoothing: float) -> Tensor:
    """Return targets (…, classes) with a share spread evenly over all classes."""
    return targets * (1 - smoothing) + smoothing / targets.shape[-1]


def stacked_loss(
    logits: Tensor,
    targets: Tensor,
    row_weights: Tensor,
    class_weights: Tensor,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
) -> Tensor:
    """Return each model's loss (models,): cross-entropy, focused on hard rows where gamma > 0.

    Each class adds `-target · weight · (1 - p)^gamma · log p`; the sum is divided by the summed
    weights of the targets, as torch's cross_entropy does.
    Reference: Lin et al. 2017, Focal loss for dense object detection.

    Args:
        logits: (models, rows, classes).
        targets: Probabilities of the classes, (models, rows, classes), before smoothing.
        row_weights: (models, rows), 0 for rows that only fill up the batch; their sum is free.
        class_weights: (models, classes).
        label_smoothing: Share of the targets spread over all classes.
        focal_gamma: Exponent; 0 is plain cross-entropy.
    """
    log_probabilities = torch.log_softmax(logits, dim=-1)
    weights = class_weights[:, None, :] * row_weights[:, :, None]
    parts = smooth_targets(targets, label_smoothing) * weights * log_probabilities
    if focal_gamma > 0:
        parts = parts * (1 - log_probabilities.exp()).clamp(min=1e-6) ** focal_gamma
    total = (targets * weights).sum(dim=(1, 2))
    return -parts.sum(dim=(1, 2)) / total.clamp(min=1e-12)
