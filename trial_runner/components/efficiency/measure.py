"""What a pass through a network takes: time by repeated passes, memory by the process's peak."""

from __future__ import annotations

import ctypes
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
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_MIB = 2**20
_STEADY = 2.0


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

    @property
    def is_steady(self) -> bool:
        """Whether passes took about as long as each other; else something else ran beside them."""
        return self.latency_p95_ms <= _STEADY * self.latency_p05_ms


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
        _give_back_free_memory()
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident("VmRSS")
        action()
        return max(0, _resident("VmHWM") - before)
    except OSError:  # not Linux, or not allowed: what tensors take is the next best
        return peak_of_tensors(action)


def _give_back_free_memory() -> None:
    """Let the system have what the allocator keeps: used again, it would not count as growth.

    Raises:
        OSError: This system's C library has no such call.
    """
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        raise OSError("no malloc_trim") from None


def peak_of_tensors(action: Callable[[], object]) -> int:
    """Return the bytes of all tensors that an action has at once, at its peak.

    What kernels take for themselves is not seen.
    """
    with _Tensors() as seen:
        action()
    peak: int = seen.peak_bytes
    return peak


class _Tensors(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows every tensor that torch makes until nothing holds it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak_bytes = 0
        self._live: dict[int, tuple[Any, int]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {_storage_key(one) for one in tree_leaves((args, kwargs)) if _is_tensor(one)}
        result = func(*args, **(kwargs or {}))
        for one in tree_leaves(result):
            if _is_tensor(one) and (key := _storage_key(one)) not in given:
                storage = one.untyped_storage()
                weak: Any = StorageWeakRef(storage)  # type: ignore[no-untyped-call]
                self._live[key] = (weak, storage.nbytes())
        self._live = {k: pair for k, pair in self._live.items() if not pair[0].expired()}
        self.peak_bytes = max(self.peak_bytes, sum(size for _, size in self._live.values()))
        return result


def _is_tensor(value: object) -> bool:
    return isinstance(value, Tensor)


def _storage_key(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


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
