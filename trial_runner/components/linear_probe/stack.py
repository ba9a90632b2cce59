"""Train a stack of heads, one epoch at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trial_runner.components.linear_probe.model import Batch, Heads, Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.components.linear_probe.training_data import Rows, TrainingData
from trial_runner.training.augmentation import apply_mixes, draw_mix
from trial_runner.training.checkpoints import State
from trial_runner.training.losses import stacked_loss, weigh_targets
from trial_runner.training.optimizers import StackedOptimizer, clip_gradient
from trial_runner.training.schedules import learning_rate_at


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
            self.heads.sizes,
            torch.zeros_like(parameters),
            torch.zeros_like(parameters),
        )
        self._features = torch.from_numpy(data.features)
        self._targets = torch.eye(data.classes)[torch.from_numpy(data.labels)]
        self._class_weights = self._weigh_classes()
        self._valid = _valid_rows([len(rows) for rows in data.training], settings.batch_size)
        counted = np.arange(settings.batch_size) < self._valid[:, :, None]
        self._row_share = torch.from_numpy(
            (counted / self._valid[:, :, None].clip(min=1)).astype(np.float32)
        )
        self._counts = torch.from_numpy(self._valid.astype(np.float32))
        self._epochs_done = 0

    def train_epoch(self) -> NDArray[np.float64]:
        """Pass once through the training rows; return each model's mean loss."""
        features, targets = self._epoch_batches()
        learning_rates = self._epoch_learning_rates()
        losses = torch.stack(
            [
                self._step(features[:, step], targets[:, step], learning_rates[:, step], step)
                for step in range(self._valid.shape[1])
            ],
            dim=1,
        )
        self._epochs_done += 1
        weights = self._valid / self._valid.sum(axis=1, keepdims=True)
        return np.asarray((losses.double().numpy() * weights).sum(axis=1))

    @torch.no_grad()
    def probabilities(self, features: Tensor) -> NDArray[np.float64]:
        """Return (models, rows, classes) for standardised features (models, rows, features)."""
        return np.asarray(torch.softmax(self.heads.logits(features).double(), dim=2).numpy())

    def state(self) -> State:
        """Return all that the next epoch depends on."""
        return {
            "parameters": self.heads.parameters.detach(),
            "running_mean": self.heads.running_mean,
            "running_variance": self.heads.running_variance,
            "first": self._optimizer.first,
            "second": self._optimizer.second,
            "steps": self._optimizer.steps,
            "epochs_done": self._epochs_done,
            "generators": [json.dumps(rng.bit_generator.state) for rng in self._generators],
        }

    def restore(self, state: State) -> None:
        """Go on where `state` was taken."""
        self.heads.parameters = state["parameters"].clone().requires_grad_()
        self.heads.running_mean = state["running_mean"]
        self.heads.running_variance = state["running_variance"]
        self._optimizer.first = state["first"]
        self._optimizer.second = state["second"]
        self._optimizer.steps = state["steps"]
        self._epochs_done = state["epochs_done"]
        for rng, text in zip(self._generators, state["generators"], strict=True):
            rng.bit_generator.state = json.loads(text)

    def _epoch_batches(self) -> tuple[Tensor, Tensor]:
        """Return shuffled, mixed features and weighed targets (models, batches, rows, …)."""
        order = np.zeros((len(self._valid), self._valid.shape[1] * self._settings.batch_size), int)
        for model, rows in enumerate(self._data.training):
            order[model, : len(rows)] = self._generators[model].permutation(rows)
        shape = (*self._valid.shape, self._settings.batch_size)
        chosen = torch.from_numpy(order).view(shape)
        features = self._features[torch.arange(shape[0])[:, None, None], chosen]
        features, targets = self._mix(features, self._targets[chosen])
        weighed = weigh_targets(
            targets, self._row_share, self._class_weights[:, None], self._settings.label_smoothing
        )
        return features, weighed

    def _mix(self, features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        alpha, cutmix = self._settings.mixup_alpha, self._settings.cutmix_prob
        if alpha <= 0 and cutmix <= 0:
            return features, targets
        rows, width = features.shape[2:]
        mixes = [
            [draw_mix(rng, int(count), rows, width, alpha, cutmix) for count in counts]
            for rng, counts in zip(self._generators, self._valid, strict=True)
        ]
        return apply_mixes(mixes, features, targets)

    def _step(self, features: Tensor, targets: Tensor, learning_rate: Tensor, step: int) -> Tensor:
        """Take one step on weighed targets; return each model's loss."""
        settings, parameters = self._settings, self.heads.parameters
        row_share, valid = self._row_share[:, step], self._valid[:, step]
        batch = Batch(
            row_share[:, None],
            self._counts[:, step, None],
            self._drop(features.shape[1], valid),
        )
        losses = stacked_loss(
            self.heads.logits(features, batch), targets, settings.focal_loss_gamma
        )
        (gradient,) = torch.autograd.grad(losses.sum(), [parameters])
        active = None if valid.all() else torch.from_numpy(valid > 0)[:, None]
        clipped = clip_gradient(gradient, settings.gradient_clip)
        self._optimizer.update(parameters, clipped, learning_rate, active)
        return losses.detach()

    def _drop(self, rows: int, valid: Rows) -> Tensor | None:
        """Draw what dropout keeps; only valid rows draw, so that filling up changes nothing."""
        rate, width = self.heads.shape.dropout_rate, self.heads.shape.width
        if rate <= 0:
            return None
        kept = np.zeros((len(valid), rows, width), np.float32)
        for model, count in enumerate(valid):
            self._generators[model].random(dtype=np.float32, out=kept[model, :count])
        return torch.from_numpy(kept).ge_(rate).div_(1 - rate)

    def _epoch_learning_rates(self) -> Tensor:
        """Return (models, steps, 1); a model with fewer steps has a shorter schedule."""
        settings = self._settings
        steps = (self._valid > 0).sum(axis=1)
        rates = [
            [
                learning_rate_at(
                    int(count) * self._epochs_done + step,
                    settings.learning_rate,
                    settings.scheduler,
                    settings.warmup_steps,
                    int(count) * settings.schedule_epochs,
                )
                for step in range(self._valid.shape[1])
            ]
            for count in steps
        ]
        return torch.tensor(rates)[:, :, None]

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


def _valid_rows(counts: Sequence[int], batch_size: int) -> Rows:
    """Return how many rows of each batch count, (models, batches)."""
    batches = -(-max(counts) // batch_size)
    left = np.array(counts)[:, None] - np.arange(batches) * batch_size
    return left.clip(0, batch_size)
