"""Train a stack of heads, one epoch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trial_runner.components.linear_probe.model import Batch, Heads, Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.training.augmentation import apply_mixes, draw_mix
from trial_runner.training.losses import stacked_loss
from trial_runner.training.optimizers import StackedOptimizer, clip_gradient
from trial_runner.training.schedules import learning_rate_at

Rows = NDArray[np.int64]
_STANDARDISED_LIMIT = 10.0
_SMALLEST_DEVIATION = 1e-12


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What the models of a stack learn from.

    Attributes:
        features: (models, n, features), standardised by each model's training rows.
        labels: (n,) class indices.
        training: Of each model, its training rows.
        classes: Number of classes.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    training: Sequence[Rows]
    classes: int


def standardise(features: NDArray[np.float32], training: Sequence[Rows]) -> NDArray[np.float32]:
    """Return features (models, n, features) with mean 0 and deviation 1 over training rows.

    Values beyond ten deviations are cut off: one artefact would else outweigh all.
    """
    result = np.empty(features.shape, np.float32)
    for model, rows in enumerate(training):
        known = features[model, rows].astype(np.float64)
        deviation = known.std(axis=0)
        scale = np.where(deviation > _SMALLEST_DEVIATION, deviation, 1.0)
        result[model] = (features[model] - known.mean(axis=0)) / scale
    return result.clip(-_STANDARDISED_LIMIT, _STANDARDISED_LIMIT)


class StackTrainer:
    """Heads in training. Model i draws from its own generator, `(seed, names[i])`."""

    def __init__(
        self, data: TrainingData, shape: Shape, settings: Settings, seed: int, names: Sequence[int]
    ) -> None:
        """Start the models; `names` tell them apart, so that one trains alike in any stack."""
        self._data, self._settings = data, settings
        self._generators = [np.random.default_rng([seed, name]) for name in names]
        self.heads = Heads(shape, self._generators)
        parameters = self.heads.parameters
        self._optimizer = StackedOptimizer(
            settings.optimizer,
            settings.weight_decay,
            self.heads.decayed,
            self.heads.layers,
            torch.zeros_like(parameters),
            torch.zeros_like(parameters),
        )
        self._features = torch.from_numpy(data.features)
        self._targets = torch.eye(data.classes)[torch.from_numpy(data.labels)]
        self._class_weights = self._weigh_classes()
        self._counts = np.array([len(rows) for rows in data.training])
        self._steps = -(-self._counts // settings.batch_size)

    def train_epoch(self) -> NDArray[np.float64]:
        """Pass once through the training rows; return each model's mean loss."""
        order = self._shuffle()
        model = torch.arange(len(order))[:, None]
        features, targets = self._features[model, order], self._targets[order]
        total = np.zeros(len(self._counts))
        size = self._settings.batch_size
        for step in range(int(self._steps.max())):
            valid = np.clip(self._counts - step * size, 0, size)
            rows = slice(step * size, (step + 1) * size)
            loss = self._step(features[:, rows], targets[:, rows], valid)
            total += loss * valid
        return total / self._counts

    @torch.no_grad()
    def probabilities(self, features: Tensor) -> NDArray[np.float64]:
        """Return (models, rows, classes) for standardised features (models, rows, features)."""
        batch = Batch(features, torch.ones(features.shape[:2]), None)
        return np.asarray(
            torch.softmax(self.heads.logits(batch, training=False).double(), dim=2).numpy()
        )

    def _shuffle(self) -> Tensor:
        """Return (models, rows) indices, filled up with row 0 where a model has fewer."""
        order = np.zeros((len(self._counts), int(self._counts.max())), np.int64)
        for model, rows in enumerate(self._data.training):
            order[model, : len(rows)] = self._generators[model].permutation(rows)
        return torch.from_numpy(order)

    def _step(self, features: Tensor, targets: Tensor, valid: Rows) -> NDArray[np.float64]:
        settings, parameters = self._settings, self.heads.parameters
        row_weights = torch.from_numpy(
            (np.arange(features.shape[1]) < valid[:, None]).astype(np.float32)
        )
        features, targets = self._mix(features, targets, valid)
        batch = Batch(features, row_weights, self._drop(features.shape[1], valid))
        losses = stacked_loss(
            self.heads.logits(batch, training=True),
            targets,
            row_weights,
            self._class_weights,
            settings.label_smoothing,
            settings.focal_loss_gamma,
        )
        (gradient,) = torch.autograd.grad(losses.sum(), [parameters])
        self._optimizer.update(
            parameters,
            clip_gradient(gradient, settings.gradient_clip),
            self._learning_rates(),
            torch.from_numpy(valid > 0)[:, None],
        )
        return np.asarray(losses.detach().numpy(), np.float64)

    def _mix(self, features: Tensor, targets: Tensor, valid: Rows) -> tuple[Tensor, Tensor]:
        alpha, cutmix = self._settings.mixup_alpha, self._settings.cutmix_prob
        if alpha <= 0 and cutmix <= 0:
            return features, targets
        rows, width = features.shape[1:]
        mixes = [
            draw_mix(rng, int(count), rows, width, alpha, cutmix)
            for rng, count in zip(self._generators, valid, strict=True)
        ]
        return apply_mixes(mixes, features, targets)

    def _drop(self, rows: int, valid: Rows) -> Tensor | None:
        """Draw what dropout keeps; only valid rows draw, so that filling up changes nothing."""
        rate, width = self.heads.shape.dropout_rate, self.heads.shape.width
        if rate <= 0:
            return None
        kept = np.zeros((len(valid), rows, width), np.float32)
        for model, count in enumerate(valid):
            self._generators[model].random(dtype=np.float32, out=kept[model, :count])
        return torch.from_numpy(kept).ge_(rate).div_(1 - rate)

    def _learning_rates(self) -> Tensor:
        settings = self._settings
        rates = [
            learning_rate_at(
                int(done),
                settings.learning_rate,
                settings.scheduler,
                settings.warmup_steps,
                int(steps) * settings.schedule_epochs,
            )
            for done, steps in zip(self._optimizer.steps[:, 0].tolist(), self._steps, strict=True)
        ]
        return torch.tensor(rates)[:, None]

    def _weigh_classes(self) -> Tensor:
        shape = (len(self._data.training), self._data.classes)
        if not self._settings.use_class_weights:
            return torch.ones(shape)
        counts = np.stack(
            [np.bincount(self._data.labels[rows], minlength=shape[1])
             for rows in self._data.training]
        )  # fmt: skip
        weights = counts.sum(axis=1, keepdims=True) / (shape[1] * np.maximum(counts, 1))
        return torch.from_numpy(weights.astype(np.float32))
