"""What Lightning calls during a training: metric lines, patience, divergence, the way back.

The hooks are written without Lightning's base class, so that modules of `pytorch_lightning` and
of `lightning.pytorch`, whose base classes differ, are served alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch

from trial_runner.errors import TrialError
from trial_runner.reporting import report

Metrics = dict[str, float]
Tell = Callable[[Mapping[str, float]], None]
Direction = Literal["maximize", "minimize"]


@dataclass(slots=True)
class Progress:
    """What a training has reported.

    Attributes:
        objective: The metric by which an epoch is the best.
        direction: Which value of it is better.
        epochs: All metrics of every epoch, from the first, those of a parent among them.
        start: How many epochs are the parent's.
    """

    objective: str
    direction: Direction
    epochs: list[Metrics] = field(default_factory=list)
    start: int = 0

    @property
    def best_epoch(self) -> int:
        """Number of the best epoch of its own, from 1; 0 where none is reported."""
        values = [epoch[self.objective] for epoch in self.epochs[self.start :]]
        if not values:
            return 0
        best = max(values) if self.direction == "maximize" else min(values)
        return self.start + values.index(best) + 1

    @property
    def best(self) -> Metrics:
        """All metrics of the best epoch."""
        return self.epochs[self.best_epoch - 1]

    def is_over(self, max_epochs: int, patience: int | None) -> bool:
        """Whether all epochs are trained, or patience is at an end."""
        waited = len(self.epochs) - (self.best_epoch or self.start)
        return len(self.epochs) >= max_epochs or (patience is not None and waited >= patience)


_NONE_BAD = torch.iinfo(torch.int64).max


class _Steps(NamedTuple):
    """What is known of some steps.

    Attributes:
        first: Number of the first from 0, over all epochs.
        rates: Highest learning rate of each.
        is_finite: (steps,) whether the loss is a finite number, where it was computed.
    """

    first: int
    rates: list[float]
    is_finite: torch.Tensor


class MetricLineHooks:
    """One metric line an epoch from what the module has logged; an end where training diverges.

    Attributes:
        progress: What was reported.
    """

    def __init__(
        self,
        objective: str = "val_loss",
        direction: Direction = "minimize",
        shown: Sequence[str] | None = None,
        patience: int | None = None,
        tell: Tell = report,
    ) -> None:
        """Prepare the hooks.

        Args:
            objective: The logged metric by which an epoch is the best.
            direction: Which value of it is better.
            shown: Metrics of an epoch's line; all logged ones where absent.
            patience: Epochs without a better objective before training stops; None for no end.
            tell: Told `epoch` and the metrics; prints a metric line where absent.
        """
        self.progress = Progress(objective, direction)
        self._shown, self._patience, self._tell = shown, patience, tell
        self._first_bad: torch.Tensor | None = None
        self._rates: dict[int, float] = {}

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Tell again what was trained before."""
        for epoch in range(self.progress.start + 1, len(self.progress.epochs) + 1):
            self._tell_epoch(epoch)

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Forget the last epoch's steps."""
        self._first_bad, self._rates = None, {}

    def on_train_batch_end(
        self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Notice a loss that is no finite number; on a GPU without waiting for it."""
        steps = self._steps_of(trainer, outputs, batch_idx)
        if steps is None:
            return
        self._rates.update(enumerate(steps.rates, steps.first))
        if steps.is_finite.device.type == "cpu" and steps.is_finite.all():
            return
        numbers = torch.arange(len(steps.rates), device=steps.is_finite.device) + steps.first
        here = torch.where(steps.is_finite, _NONE_BAD, numbers).min()
        self._first_bad = here if self._first_bad is None else here.minimum(self._first_bad)
        if here.device.type == "cpu":
            self._check()

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        """Report the epoch and stop where patience is at an end."""
        self._check()
        metrics = {
            name: float(value)
            for name, value in trainer.callback_metrics.items()
            if torch.as_tensor(value).numel() == 1
        }
        if self.progress.objective not in metrics:
            raise TrialError(
                f"the module logs no {self.progress.objective}; it logs "
                f"{', '.join(metrics) or 'nothing'}. Log it with self.log in validation_step"
            )
        self._check_objective(metrics[self.progress.objective])
        self.progress.epochs.append(metrics)
        self._tell_epoch(len(self.progress.epochs))
        if self.progress.is_over(trainer.max_epochs or 0, self._patience):
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"epochs": self.progress.epochs, "start": self.progress.start}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what a checkpoint kept."""
        self.progress.epochs = list(state_dict["epochs"])
        self.progress.start = int(state_dict.get("start", 0))

    @property
    def state_key(self) -> str:
        """Name of the state in a checkpoint, the same for both packages."""
        return "eegtune.metric_lines"

    def _tell_epoch(self, epoch: int) -> None:
        metrics = self.progress.epochs[epoch - 1]
        shown = self._shown or [name for name in metrics if math.isfinite(metrics[name])]
        self._tell({"epoch": epoch, **{name: metrics[name] for name in shown}})

    def _steps_of(self, trainer: Any, outputs: Any, batch_idx: int) -> _Steps | None:
        """Return the steps of what Lightning calls a batch; a module of ours has several."""
        is_mapping = isinstance(outputs, Mapping)
        loss = outputs.get("loss") if is_mapping else outputs
        if not isinstance(loss, torch.Tensor):
            return None
        is_finite = torch.isfinite(loss.detach())
        if is_mapping and "first_step" in outputs:
            return _Steps(int(outputs["first_step"]), list(outputs["rates"]), is_finite)
        before = len(self.progress.epochs) * int(trainer.num_training_batches)
        rates = [g["lr"] for o in trainer.optimizers for g in o.param_groups]
        return _Steps(before + batch_idx, [max(rates, default=0.0)], is_finite.all()[None])

    def _check(self) -> None:
        if self._first_bad is None or (first := int(self._first_bad)) == _NONE_BAD:
            return
        raise TrialError(
            f"the training diverged: the loss of step {first + 1} (epoch "
            f"{len(self.progress.epochs) + 1}) is no finite number, at learning rate "
            f"{self._rates[first]:.3g}; lower the learning rate or the gradient clip"
        )

    def _check_objective(self, value: float) -> None:
        if math.isfinite(value):
            return
        rate = max(self._rates.values(), default=0.0)
        raise TrialError(
            f"{self.progress.objective} of epoch {len(self.progress.epochs) + 1} is no finite "
            f"number, at learning rate {rate:.3g}: the training diverged; lower the learning rate "
            "or the gradient clip"
        )


class CheckpointHooks:
    """Keeps where the training stands now and then."""

    def __init__(self, save: Callable[[], None], is_due: Callable[[], bool]) -> None:
        """Prepare to call `save` at the end of an epoch, where one is due."""
        self._save, self._is_due = save, is_due
        self._is_first = True

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Nothing is new before the first epoch."""
        self._is_first = True

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Save before an epoch: there the last one is complete."""
        if not self._is_first and self._is_due():
            self._save()
        self._is_first = False
