"""The encoder with a head, and the losses beside classification that shape its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from trial_runner.training.whole_batch import OfWholeBatch, gather_rows

_TEMPERATURE = 0.1


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each loss counts."""

    classification: float = 1.0
    reconstruction: float = 0.0
    contrastive: float = 0.0


class Head(nn.Module):
    """EEGPT's probe of two linear layers with bounded norms (braindecode's)."""

    def __init__(self, patches: int, embed_num: int, embed_dim: int, classes: int) -> None:
        """Build a head for tokens (rows, patches, embed_num, embed_dim)."""
        super().__init__()
        from braindecode.models.eegpt import _LinearConstraintProbe

        self.probe = _LinearConstraintProbe(patches, embed_num, embed_dim, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (rows, classes)."""
        logits: Tensor = self.probe(tokens)
        return logits


class Classifier(nn.Module):
    """Signal (rows, channels, samples) to logits; in training also to a loss of its own."""

    def __init__(self, encoder: Any, classes: int, weights: LossWeights) -> None:
        """Put a head, and a decoder where it is wanted, on an encoder."""
        super().__init__()
        self.encoder = encoder
        self.head = Head(encoder.n_patches, encoder.embed_num, encoder.embed_dim, classes)
        self._weights, self._patch = weights, int(encoder.patch_size)
        self.contrast = HalvesLoss()
        wide = encoder.embed_num * encoder.embed_dim
        self.decoder = (
            nn.Linear(wide, encoder.n_chans * self._patch) if weights.reconstruction > 0 else None
        )

    def forward(self, signal: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return logits, in training with the weighed other losses."""
        tokens = self.encoder(signal)
        logits: Tensor = self.head(tokens)
        if not self.training:
            return logits
        flat = tokens.flatten(2)
        loss = logits.new_zeros(())
        if self.decoder is not None:
            rebuilt = self.decoder(flat)
            wanted = normalised_patches(signal, self._patch, flat.shape[1])
            loss = loss + self._weights.reconstruction * functional.mse_loss(
                rebuilt, wanted.flatten(2)
            )
        if self._weights.contrastive > 0 and flat.shape[1] > 1:
            loss = loss + self._weights.contrastive * self.contrast(flat)
        return logits, loss


class FrozenHead(nn.Module):
    """A head on features (rows, patches, embed_num · embed_dim) of a frozen encoder."""

    def __init__(self, patches: int, embed_num: int, embed_dim: int, classes: int) -> None:
        """Build the head."""
        super().__init__()
        self._tokens = (embed_num, embed_dim)
        self.norm = nn.BatchNorm1d(embed_num * embed_dim, affine=False)
        self.head = Head(patches, embed_num, embed_dim, classes)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits."""
        normal = self.norm(features.transpose(1, 2)).transpose(1, 2)
        tokens = normal.reshape(*normal.shape[:2], *self._tokens)
        logits: Tensor = self.head(tokens)
        return logits


def layers_of(network: nn.Module) -> Sequence[nn.Module]:
    """Return embeddings, encoder layers from below, and the head with its decoder."""
    if isinstance(network, FrozenHead):
        return [network]
    assert isinstance(network, Classifier)
    encoder: Any = network.encoder
    inner = encoder.target_encoder
    embedding = nn.ModuleList([encoder.chan_proj, inner.patch_embed, inner.chan_embed])
    embedding.register_parameter("summary_token", inner.summary_token)
    top = nn.ModuleList([inner.norm, network.head])
    if network.decoder is not None:
        top.append(network.decoder)
    return [embedding, *inner.blocks, top]


def normalised_patches(signal: Tensor, patch: int, patches: int) -> Tensor:
    """Return patches (rows, patches, channels, samples), each of mean 0 and deviation 1."""
    missing = patches * patch - signal.shape[-1]
    padded = functional.pad(signal, (0, max(0, missing)))
    cut = padded.reshape(*signal.shape[:2], patches, patch).transpose(1, 2)
    return functional.layer_norm(cut, (patch,))


class HalvesLoss(OfWholeBatch):
    """How badly the first half of a window knows its second half among all others.

    InfoNCE (van den Oord et al. 2018) with the cosine of the halves' mean tokens.
    """

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the loss of tokens (rows, patches, width)."""
        middle = tokens.shape[1] // 2
        first = functional.normalize(tokens[:, :middle].mean(dim=1).float(), dim=1)
        second = functional.normalize(tokens[:, middle:].mean(dim=1).float(), dim=1)
        if not self.training or not self.rows:
            return _info_nce(first, second)
        loss = _info_nce(gather_rows(first, self.rows), gather_rows(second, self.rows))
        # Its value is the whole batch's, its gradient this process's part: the caller weighs both
        # by this process's share of the rows, which the gradient must not be.
        return loss.detach() + (loss - loss.detach()) * (self.rows / len(tokens))


def _info_nce(first: Tensor, second: Tensor) -> Tensor:
    likeness = first @ second.T / _TEMPERATURE
    own = torch.arange(len(first), device=first.device)
    return 0.5 * (
        functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)
    )
