"""Several processes that train one trial together, one on each GPU, as torchrun starts them.

Each takes its share of every batch, and gradients are summed before a step, so that all have the
same weights. What is drawn at random and how rows are weighed is decided for the whole batch (see
`whole_batch`), so that the training is that of a single process, but for the order of sums.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, distributed, nn

from trial_runner.errors import TrialError


class Processes(NamedTuple):
    """Which of how many processes this is.

    Attributes:
        rank: Its number from 0.
        size: How many there are.
    """

    rank: int
    size: int

    def share_of(self, rows: Tensor) -> Tensor:
        """Return this process's part of the rows (or of anything by rows)."""
        if self.is_shared(len(rows)):
            return rows[self.rank :: self.size]
        return rows if self.rank == 0 else rows[:0]

    def is_shared(self, rows: int) -> bool:
        """Whether there is a row for each of several processes; else the first takes all."""
        return 1 < self.size <= rows


def processes() -> Processes:
    """Return this process among those that have joined; alone where none have."""
    if not distributed.is_available() or not distributed.is_initialized():
        return Processes(0, 1)
    return Processes(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def joined_processes(device: str) -> Iterator[Processes]:
    """Join the processes that torchrun has started, for as long as the block lasts.

    Args:
        device: `auto`, `cpu` or `cuda`; GPUs speak to each other by NCCL, others by Gloo.

    Raises:
        TrialError: There are more processes than GPUs, or they do not find each other.
    """
    if int(os.environ.get("WORLD_SIZE") or 1) < 2:
        yield processes()
        return
    has_gpu = torch.cuda.is_available() and device != "cpu"
    if has_gpu:
        torch.cuda.set_device(local_gpu())
    try:
        distributed.init_process_group("nccl" if has_gpu else "gloo")
    except (RuntimeError, ValueError) as error:
        raise TrialError(
            f"the processes of this trial do not find each other: {str(error).splitlines()[0]}; "
            "start them with torchrun"
        ) from None
    try:
        yield processes()
    finally:
        distributed.destroy_process_group()


def local_gpu() -> int:
    """Return the number of this process's GPU.

    Raises:
        TrialError: There are more processes on this machine than GPUs.
    """
    number, there = int(os.environ.get("LOCAL_RANK") or 0), torch.cuda.device_count()
    if number >= there:
        raise TrialError(
            f"torchrun has started a process for GPU {number}, but there are {there}; lower "
            "--nproc-per-node, or ask for more nvidia.com/gpu"
        )
    return number


def sum_gradients(networks: Iterable[nn.Module]) -> None:
    """Add up the gradients of all processes, network by network; absent ones count as 0."""
    if processes().size == 1:
        return
    for network in networks:
        trained = _trained_anywhere(list(network.parameters()))
        if not trained:
            continue
        flat = torch.cat([_gradient(one).flatten() for one in trained])
        distributed.all_reduce(flat)
        parts = torch.split(flat, [one.numel() for one in trained])
        for one, part in zip(trained, parts, strict=True):
            one.grad = part.view_as(one)


def sum_parts(part: Tensor) -> Tensor:
    """Return the sum over processes of a tensor that each has filled in part."""
    if processes().size > 1:
        distributed.all_reduce(part)
    return part


def refuse_batch_norm(network: nn.Module) -> None:
    """Refuse what would see a part of each batch only.

    Raises:
        TrialError: There are several processes, and the network normalises by its batch.
    """
    if processes().size > 1 and any(
        isinstance(one, nn.modules.batchnorm._BatchNorm) for one in network.modules()
    ):
        raise TrialError(
            "this network normalises by its batch and cannot be trained by several processes; "
            "start one (no torchrun)"
        )


def _trained_anywhere(parameters: list[nn.Parameter]) -> list[nn.Parameter]:
    """Return those that have a gradient in some process; the optimizer passes over the others."""
    has = torch.tensor([one.grad is not None for one in parameters], dtype=torch.int32)
    has = has.to(parameters[0].device)
    distributed.all_reduce(has)
    return [one for one, count in zip(parameters, has.tolist(), strict=True) if count]


def _gradient(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
