"""Random changes of a batch of signals (rows, channels, samples) and its targets.

All draws come from the generator that is given, on the CPU, so that a device changes nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trial_runner.training.fit_settings import Augmentation


def augment(
    signal: Tensor, targets: Tensor, plan: Augmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the changed signal and targets.

    Args:
        signal: (rows, channels, samples).
        targets: (rows, classes) probabilities.
        plan: What is changed.
        generator: Draws.
    """
    if plan.time_shift_ratio > 0:
        signal = time_shift(signal, plan.time_shift_ratio, generator)
    if plan.amplitude_scale > 0:
        signal = amplitude_scale(signal, plan.amplitude_scale, generator)
    if plan.noise_level > 0:
        signal = add_noise(signal, plan.noise_level, generator)
    if plan.time_mask_ratio > 0:
        signal = mask_time(signal, plan.time_mask_ratio, generator)
    if plan.channel_mask_ratio > 0:
        signal = mask_channels(signal, plan.channel_mask_ratio, generator)
    if plan.cutmix_prob > 0 and _uniform(generator) < plan.cutmix_prob:
        return cutmix(signal, targets, generator)
    if plan.mixup_alpha > 0:
        return mixup(signal, targets, plan.mixup_alpha, generator)
    return signal, targets


def mixup(
    signal: Tensor, targets: Tensor, alpha: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mix each row with another, and the targets by the same share, drawn from Beta(α, α)."""
    keep = _beta(alpha, generator)
    partner = torch.randperm(len(signal), generator=generator).to(signal.device)
    return (
        torch.lerp(signal[partner], signal, keep),
        torch.lerp(targets[partner], targets, keep),
    )


def cutmix(signal: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Take a stretch of time from another row, and of its target the stretch's share."""
    samples = signal.shape[-1]
    length = round(samples * _uniform(generator))
    start = int(torch.randint(samples - length + 1, (1,), generator=generator))
    partner = torch.randperm(len(signal), generator=generator).to(signal.device)
    mixed = signal.clone()
    mixed[..., start : start + length] = signal[partner][..., start : start + length]
    return mixed, torch.lerp(targets[partner], targets, 1 - length / samples)


def mask_time(signal: Tensor, ratio: float, generator: torch.Generator) -> Tensor:
    """Set one stretch of each row to zero: `ratio` of its samples."""
    rows, samples = signal.shape[0], signal.shape[-1]
    length = round(samples * ratio)
    start = torch.randint(samples - length + 1, (rows, 1), generator=generator)
    position = torch.arange(samples)
    is_kept = (position < start) | (position >= start + length)
    return signal * is_kept[:, None].to(signal.device, signal.dtype)


def mask_channels(signal: Tensor, ratio: float, generator: torch.Generator) -> Tensor:
    """Set each channel of each row to zero with a probability."""
    is_kept = torch.rand(signal.shape[:2], generator=generator) >= ratio
    return signal * is_kept[..., None].to(signal.device, signal.dtype)


def add_noise(signal: Tensor, level: float, generator: torch.Generator) -> Tensor:
    """Add Gaussian noise of `level` deviations of each row."""
    noise = torch.randn(signal.shape, generator=generator).to(signal.device, signal.dtype)
    return signal + level * signal.std(dim=(1, 2), keepdim=True) * noise


def time_shift(signal: Tensor, ratio: float, generator: torch.Generator) -> Tensor:
    """Shift each row in a circle by up to `ratio` of its samples either way."""
    rows, _, samples = signal.shape
    most = round(samples * ratio)
    shift = torch.randint(-most, most + 1, (rows, 1), generator=generator)
    source = (torch.arange(samples) - shift) % samples
    chosen = source[:, None, :].expand(signal.shape).to(signal.device)
    return signal.gather(2, chosen)


def amplitude_scale(signal: Tensor, largest: float, generator: torch.Generator) -> Tensor:
    """Multiply each row by a factor between 1 - `largest` and 1 + `largest`."""
    factor = 1 + largest * (2 * torch.rand(len(signal), generator=generator) - 1)
    return signal * factor[:, None, None].to(signal.device, signal.dtype)


def _uniform(generator: torch.Generator) -> float:
    return float(torch.rand(1, generator=generator))


def _beta(alpha: float, generator: torch.Generator) -> float:
    """Draw from Beta(α, α) as a ratio of two Gamma(α, 1)."""
    first, second = torch._standard_gamma(torch.full((2,), alpha), generator=generator).tolist()
    return first / (first + second) if first + second > 0 else float(_uniform(generator) < 0.5)
