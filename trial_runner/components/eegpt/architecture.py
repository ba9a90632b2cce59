"""The encoder: braindecode's EEGPT for given channels and windows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from trial_runner.data.montage import channel_name
from trial_runner.errors import DataError, UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of an encoder.

    Attributes:
        patch_size: Samples of a patch; patches do not overlap.
        embed_dim: Width.
        num_heads: Attention heads.
        mlp_ratio: Width of the hidden layers over `embed_dim`.
        depth: Layers.
        embed_num: Summary tokens of a patch.
        drop_rate: Dropout.
        attn_drop_rate: Dropout of the attention weights.
    """

    patch_size: int = 64
    embed_dim: int = 768
    num_heads: int = 12
    mlp_ratio: float = 4.0
    depth: int = 8
    embed_num: int = 4
    drop_rate: float = 0.0
    attn_drop_rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers of heads that do not divide the width.

        Raises:
            UsageError: They do not.
        """
        if self.embed_dim % self.num_heads:
            fitting = [n for n in (4, 8, 12, 16, 32) if self.embed_dim % n == 0]
            raise UsageError(
                f"--num_heads is {self.num_heads}, which does not divide --embed_dim "
                f"{self.embed_dim}; take {', '.join(map(str, fitting)) or 'another width'}"
            )

    def as_numbers(self) -> dict[str, float]:
        """Return the fields, for a weights file."""
        return asdict(self)


def build_encoder(
    shape: Architecture,
    channels: Sequence[str],
    samples: int,
    contract: Literal["named", "project"] = "named",
) -> Any:
    """Return braindecode's EEGPT for windows (rows, channels, samples), without a head.

    Its output is (rows, patches, embed_num, embed_dim).

    Args:
        shape: Of the encoder.
        channels: Names of the windows' channels, as files write them.
        samples: Of a window.
        contract: Whether channels must be known, or are projected to the 19 of the 10-20 system.

    Raises:
        DataError: A channel is not known, or the windows are shorter than a patch.
    """
    if samples < shape.patch_size:
        raise DataError(
            f"windows have {samples} samples, but --patch_size is {shape.patch_size}; take "
            "longer windows (window_seconds of the entry) or smaller patches"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MNE's montage names, which are braindecode's affair
        from braindecode.models.eegpt import EEGPT

        names = known_channels(channels) if contract == "named" else list(channels)
        return EEGPT(
            n_outputs=2,
            chs_info=[{"ch_name": name} for name in names],
            n_times=samples,
            patch_size=shape.patch_size,
            patch_stride=shape.patch_size,
            embed_num=shape.embed_num,
            embed_dim=shape.embed_dim,
            depth=shape.depth,
            num_heads=shape.num_heads,
            mlp_ratio=shape.mlp_ratio,
            drop_prob=shape.drop_rate,
            attn_drop_rate=shape.attn_drop_rate,
            return_encoder_output=True,
            chan_proj_type="none" if contract == "named" else "conv1d_constraint",
        )


def known_channels(channels: Sequence[str]) -> list[str]:
    """Return the names that EEGPT knows channels by.

    Raises:
        DataError: It does not know some; the message lists them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode.models.eegpt import CHANNEL_DICT

    names = [channel_name(written).upper() for written in channels]
    unknown = [w for w, name in zip(channels, names, strict=True) if name not in CHANNEL_DICT]
    if unknown:
        raise DataError(
            f"EEGPT does not know {len(unknown)} of {len(channels)} channels: "
            f"{', '.join(unknown)}{did_you_mean(unknown[0].upper(), CHANNEL_DICT)}. It knows "
            f"{', '.join(CHANNEL_DICT)}. Choose known ones in the entry (field channels), or "
            "learn a projection with --channels=project"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{len(twice)} channels are named twice: {', '.join(twice)}")
    return names
