"""What a pass through a network takes: time by repeated passes, memory by the process's peak."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

_MIB = 2**20


class Cost(NamedTuple):
    """What a pass takes.

    Attributes:
        latency_ms: Median time of a pass.
        latency_p05_ms: Time that a twentieth of the passes stays below.
        latency_p95_ms: Time that a twentieth exceeds.
        memory_mb: Weights and buffers, and what a pass adds at its peak, in MiB.
        parameters: Number of trained numbers.
    """

    latency_ms: float
    latency_p05_ms: float
    latency_p95_ms: float
    memory_mb: float
    parameters: int


def measure(
    network: nn.Module, batch: Tensor, *, warm_up: int, repeats: int, is_mixed: bool
) -> Cost:
    """Time passes of one batch, and find the memory that they need.

    On a GPU the clock is read when its work is done. Memory there is what torch has allocated at
    most; on a CPU what a pass adds to the resident size at its peak, with the weights.

    Args:
        network: What is timed.
        batch: Its input, (rows, channels, samples).
        warm_up: Passes before, in which memory and kernels settle.
        repeats: Passes that count.
        is_mixed: Whether passes are in bf16 (16 bits on a GPU without it).
    """
    network.eval()
    device = batch.device
    with torch.no_grad(), _arithmetic(device, is_mixed):
        peak_bytes = peak_of(lambda: network(batch), device)
        for _ in range(warm_up):
            network(batch)
        times = [_seconds(network, batch, device) * 1000 for _ in range(repeats)]
    low, middle, high = np.quantile(times, [0.05, 0.5, 0.95])
    return Cost(
        float(middle), float(low), float(high), (_held_bytes(network) + peak_bytes) / _MIB,
        sum(one.numel() for one in network.parameters()),
    )  # fmt: skip


def peak_of(action: Callable[[], object], device: torch.device) -> int:
    """Return how many bytes an action needs at its peak beside those in use before."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        action()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    return _peak_resident(action)


def _peak_resident(action: Callable[[], object]) -> int:
    """Return the peak on a CPU, after the process's own high-water mark was put back."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident("VmRSS")
        action()
        return max(0, _resident("VmHWM") - before)
    except OSError:  # not Linux, or not allowed: what torch asked for is the next best
        return _allocated(action)


def _allocated(action: Callable[[], object]) -> int:
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        action()
    total = peak = 0
    for event in seen.events() or ():
        if event.name == "[memory]":
            total += int(getattr(event, "cpu_memory_usage", 0))
            peak = max(peak, total)
    return peak


def _resident(field: str) -> int:
    status = Path(f"/proc/{os.getpid()}/status").read_text()
    found = re.search(rf"^{field}:\s*(\d+) kB", status, re.MULTILINE)
    if found is None:
        raise OSError(f"no {field}")
    return int(found.group(1)) * 1024


def _seconds(network: nn.Module, batch: Tensor, device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    network(batch)
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _held_bytes(network: nn.Module) -> int:
    held = (*network.parameters(), *network.buffers())
    return sum(one.numel() * one.element_size() for one in held)


def _arithmetic(device: torch.device, is_mixed: bool) -> AbstractContextManager[Any]:
    if not is_mixed:
        return nullcontext()
    has_bf16 = device.type == "cpu" or torch.cuda.is_bf16_supported()
    kind = torch.bfloat16 if has_bf16 else torch.float16
    return torch.autocast(device.type, dtype=kind)
