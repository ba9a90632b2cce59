"""Pre-training without labels: EEGPT's masked dual objective, and a contrast of halves.

Wang et al. 2024, EEGPT: Pretrained transformer for universal and reliable representation of EEG
signals. An encoder sees half of the patches of time and a fifth of the channels. A predictor says
what a running mean of the encoder makes of all patches (alignment), a reconstructor what the
signal of the unseen ones is (reconstruction).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytorch_lightning
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from trial_runner.components.eegpt.network import HalvesLoss, LossWeights, normalised_patches
from trial_runner.training.fit_settings import FitSettings
from trial_runner.training.network_optimizers import (
    build_optimizer,
    finish_gradients,
    parameter_groups,
    set_learning_rate,
)
from trial_runner.training.processes import processes, sum_parts
from trial_runner.training.schedules import learning_rate_at
from trial_runner.training.signal_augmentation import augment
from trial_runner.training.whole_batch import announce_rows, share_dropout

_SEEN_TIME, _SEEN_CHANNELS = 0.5, 0.2
_MOMENTUM = 0.99
_HEAD_LAYERS, _HEAD_HEADS = 2, 4


class Pretraining(pytorch_lightning.LightningModule):
    """An encoder in training without labels."""

    def __init__(
        self,
        encoder: Any,
        signal: NDArray[np.float32],
        batches: tuple[int, int],
        settings: FitSettings,
        weights: LossWeights,
        seed: int,
    ) -> None:
        """Take an encoder and the signal.

        Args:
            encoder: braindecode's EEGPT without a head.
            signal: (rows, channels, samples).
            batches: Batches of an epoch, and rows of each.
            settings: Of the training.
            weights: Of the losses.
            seed: Of what is masked and augmented.
        """
        super().__init__()
        wide = encoder.embed_num * encoder.embed_dim
        share_dropout(encoder)
        self.encoder, self.contrast = encoder, HalvesLoss()
        self.teacher = copy.deepcopy(encoder).requires_grad_(False)
        self.predictor = _Filler(wide, encoder.n_patches, wide)
        self.reconstructor = _Filler(wide, encoder.n_patches, encoder.n_chans * encoder.patch_size)
        self._signal = torch.from_numpy(signal)
        self._settings, self._weights, self._seed = settings, weights, seed
        self._batches = batches[0]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer of all but the teacher."""
        trained = nn.ModuleList([self.encoder, self.predictor, self.reconstructor])
        return build_optimizer(parameter_groups([trained], self._settings), self._settings)

    def on_fit_start(self) -> None:
        """Put all data on the device once."""
        self._signal = self._signal.to(self.device)

    def training_step(self, rows: Tensor, batch_idx: int) -> Tensor:
        """Return the weighed losses of a batch."""
        optimizer: torch.optim.Optimizer = self.trainer.optimizers[0]
        set_learning_rate(optimizer, self._rate())
        generator = torch.Generator().manual_seed(self._drawn(self.global_step))
        signal, _ = augment(
            self._signal[rows], torch.zeros(len(rows), 1), self._settings.augmentation, generator
        )
        share = processes().share_of
        announce_rows(self, len(rows))
        losses = self.losses(share(signal), share(self._signal[rows]), generator)
        part: Tensor = losses["loss"] * (len(share(rows)) / len(rows))
        self.log("train_loss", sum_parts(part.detach().clone()), on_epoch=True, on_step=False,
                 batch_size=len(rows))  # fmt: skip
        return part

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Add up what all processes have found, and clip it."""
        finish_gradients(self, optimizer, [self], self._settings.gradient_clip)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Let the teacher follow."""
        with torch.no_grad():
            for mean, now in zip(
                self.teacher.parameters(), self.encoder.parameters(), strict=True
            ):
                mean.lerp_(now, 1 - _MOMENTUM)

    def validation_step(self, rows: Tensor, batch_idx: int) -> None:
        """Log the losses of unseen rows, with masks that are the same every epoch."""
        generator = torch.Generator().manual_seed(self._drawn(10_000_000 + batch_idx))
        signal = self._signal[rows]
        for name, value in self.losses(signal, signal, generator).items():
            self.log(f"val_{name}", value, batch_size=len(rows))

    def losses(
        self, signal: Tensor, wanted: Tensor, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Return `loss` and its parts for what the encoder sees and the true signal."""
        patches, channels = self.encoder.n_patches, self.encoder.n_chans
        seen = torch.randperm(patches, generator=generator)[: max(1, int(patches * _SEEN_TIME))]
        seen = seen.sort().values
        few = torch.randperm(channels, generator=generator)
        few = few[: max(1, round(channels * _SEEN_CHANNELS))].sort().values
        mask = seen[:, None] * channels + few
        inner = self.encoder.target_encoder
        tokens = inner(signal, self.encoder.chans_id, mask_x=mask).flatten(2)
        with torch.no_grad():
            goal = self.teacher.target_encoder(wanted, self.encoder.chans_id).flatten(2)
            goal = functional.layer_norm(goal, goal.shape[-1:])
        predicted = self.predictor(tokens, seen)
        alignment = functional.mse_loss(predicted, goal)
        filled = predicted.clone()
        filled[:, seen] = tokens.to(filled.dtype)
        rebuilt = self.reconstructor(filled, torch.arange(patches))
        true = normalised_patches(wanted, int(self.encoder.patch_size), patches).flatten(2)
        reconstruction = functional.mse_loss(rebuilt, true)
        contrastive = self.contrast(filled) if patches > 1 else alignment.new_zeros(())
        weights = self._weights
        return {
            "loss": alignment
            + weights.reconstruction * reconstruction
            + weights.contrastive * contrastive,
            "alignment": alignment,
            "reconstruction": reconstruction,
            "contrastive": contrastive,
        }

    def _rate(self) -> float:
        settings = self._settings
        steps = -(-self._batches // settings.accumulate)
        return learning_rate_at(
            self.global_step, settings.learning_rate, settings.scheduler,
            round(settings.warmup_epochs * steps), settings.schedule_epochs * steps,
        )  # fmt: skip

    def _drawn(self, step: int) -> int:
        return int(np.random.SeedSequence([self._seed, step]).generate_state(1)[0])


class RowBatches:
    """Shuffled rows of an epoch in batches."""

    def __init__(self, rows: NDArray[np.int64], size: int, seed: int) -> None:
        """Prepare to shuffle."""
        self._rows, self._size, self._seed, self._epoch = rows, size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Shuffle the next epoch by its number."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Batches of an epoch; a rest is left out."""
        return max(1, len(self._rows) // self._size)

    def __iter__(self) -> Iterator[Tensor]:
        """Yield the rows of each batch."""
        order = np.random.default_rng([self._seed, self._epoch]).permutation(self._rows)
        for start in range(0, len(self) * self._size, self._size):
            yield torch.from_numpy(order[start : start + self._size])


class _Filler(nn.Module):
    """From tokens at some patches to something at all: attention over time."""

    def __init__(self, wide: int, patches: int, outputs: int) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(wide))
        self.position = nn.Parameter(0.02 * torch.randn(patches, wide))
        layer = nn.TransformerEncoderLayer(
            wide, _HEAD_HEADS, 2 * wide, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, _HEAD_LAYERS, enable_nested_tensor=False)
        self.output = nn.Linear(wide, outputs)

    def forward(self, tokens: Tensor, where: Tensor) -> Tensor:
        """Return (rows, patches, outputs) for tokens (rows, seen, wide) at patches `where`."""
        everywhere = self.mask.expand(len(tokens), len(self.position), -1).clone()
        everywhere[:, where] = tokens.to(everywhere.dtype)
        found: Tensor = self.output(self.layers(everywhere + self.position))
        return found
