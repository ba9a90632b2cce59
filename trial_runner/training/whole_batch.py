"""What must see, or be drawn for, the whole batch where several processes share it.

A network's rows are each other's business in two places only: what is drawn at random for them,
and losses that compare them. Both are made for the whole batch here, so that the training of
several processes is that of one.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

from trial_runner.training.processes import processes


class OfWholeBatch(nn.Module):
    """A part of a network that depends on the batch as a whole.

    Attributes:
        rows: Of the whole batch, of which this process has a share; 0 where it has all.
    """

    rows: int = 0


class WholeDropout(nn.Dropout, OfWholeBatch):
    """Dropout that draws for the whole batch and applies this process's share."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the input with some numbers set to 0 and the others grown."""
        if not self.training or not self.rows:
            return super().forward(input)
        each = len(input) // len(processes().share_of(torch.arange(self.rows)))
        whole = torch.ones(self.rows * each, *input.shape[1:], dtype=input.dtype).to(input.device)
        factors = functional.dropout(whole, self.p).reshape(self.rows, each, *input.shape[1:])
        return input * processes().share_of(factors).flatten(0, 1)


def share_dropout(network: nn.Module) -> None:
    """Let the dropout of a network be that of one process, where there are several.

    What attention drops inside its kernel stays each process's own.
    """
    if processes().size == 1:
        return
    for parent in network.modules():
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                setattr(parent, name, WholeDropout(child.p))


def announce_rows(network: nn.Module, rows: int) -> None:
    """Tell a network's parts how many rows the next batch has in all processes."""
    together = processes()
    if together.size == 1:
        return
    for module in network.modules():
        if isinstance(module, OfWholeBatch):
            module.rows = rows if together.is_shared(rows) else 0


@torch.compiler.disable  # type: ignore[untyped-decorator]
def gather_rows(own: Tensor, rows: int) -> Tensor:
    """Return the rows of all processes; gradients reach this one's only."""
    mine, size = processes()
    whole = own.new_zeros(rows, *own.shape[1:])
    whole[mine::size] = own.detach()
    distributed.all_reduce(whole)
    whole[mine::size] = own
    return whole
