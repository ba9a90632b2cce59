"""All folds of a cross-validation as one LightningModule: one line an epoch for all of them.

Each fold has a network of its own, that sees its own training rows only. They share a step's
overhead and the optimizer object, not a single number: the rules of torch's optimizers look at
one parameter at a time, and gradients are clipped network by network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trial_runner.errors import TrialError
from trial_runner.training.fit_settings import FitSettings
from trial_runner.training.fold_batches import STEPS_AT_ONCE, FoldBatches, Rows, Step, StepBlocks
from trial_runner.training.losses import stacked_loss, weigh_targets
from trial_runner.training.network_optimizers import (
    build_optimizer,
    finish_gradients,
    parameter_groups,
    set_learning_rate,
)
from trial_runner.training.processes import (
    processes,
    refuse_batch_norm,
    sum_parts,
)
from trial_runner.training.schedules import learning_rate_at
from trial_runner.training.signal_augmentation import augment
from trial_runner.training.whole_batch import announce_rows, share_dropout

Score = Callable[[Rows, NDArray[np.float64]], Mapping[str, float]]
_ROWS_AT_ONCE = 256


class Samples(NamedTuple):
    """What networks are trained on.

    Attributes:
        inputs: (n, channels, samples) float32.
        labels: (n,) class indices.
        classes: Number of classes.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int


class FoldedClassifier(pytorch_lightning.LightningModule):
    """Networks of one architecture, each trained on its own rows.

    A network returns logits (rows, classes), or logits and a loss of its own that is added.
    """

    def __init__(
        self,
        networks: Sequence[nn.Module],
        layers: Callable[[nn.Module], Sequence[nn.Module]],
        samples: Samples,
        training: Sequence[Rows],
        validation: Sequence[Rows],
        settings: FitSettings,
        score: Score,
        seed: int,
    ) -> None:
        """Take networks and data.

        Args:
            networks: One a fold.
            layers: From a network to its layers from input to output, for the learning rates.
            samples: All rows.
            training: Rows that each network is trained on.
            validation: Rows that each is scored on; empty where none is.
            settings: Of the training.
            score: From labels and probabilities to metrics.
            seed: Of what augmentation draws.

        Raises:
            TrialError: A label is none of the classes, or an input is no finite number.
            UsageError: A batch is larger than a fold's training data.
        """
        super().__init__()
        self.automatic_optimization = False
        _check(samples)
        refuse_batch_norm(networks[0])
        self.networks = nn.ModuleList(networks)
        share_dropout(self.networks)
        self._layers, self._settings, self._score, self._seed = layers, settings, score, seed
        self._inputs = torch.from_numpy(samples.inputs)
        self._labels = samples.labels
        self._targets = torch.eye(samples.classes)[torch.from_numpy(samples.labels)]
        self._validation = validation
        self._weights = [_class_weights(samples, rows, settings) for rows in training]
        self.averages = nn.ModuleList(_average(one, settings.ema_decay) for one in networks)
        self._forwards: list[Any] = [
            torch.compile(one) if settings.is_compiled else one for one in networks
        ]
        self._batches = FoldBatches(training, settings.batch_size, seed)
        self._steps_done = 0
        self.is_scored = True

    def batches(self) -> StepBlocks:
        """Return the batches to train on."""
        return StepBlocks(self._batches)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return one optimizer for all networks."""
        groups = [
            group
            for network in self.networks
            for group in parameter_groups(self._layers(network), self._settings)
        ]
        return build_optimizer(groups, self._settings)

    def on_fit_start(self) -> None:
        """Put all data on the device once."""
        self._to_device()

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        """Move the rows of the folds, without Lightning's search for tensors in the batch."""
        if not isinstance(batch, list):
            return batch
        return [[rows.to(device) for rows in step] for step in batch]

    def on_train_start(self) -> None:
        """Let a changed weight decay count where a checkpoint brought the old one."""
        optimizer = self._optimizer()
        for group in optimizer.param_groups:
            if group["weight_decay"]:
                group["weight_decay"] = self._settings.weight_decay
        set_learning_rate(optimizer, self._rate(0))

    def on_train_epoch_start(self) -> None:
        """Draw this epoch's augmentation from its own seed."""
        drawn = np.random.SeedSequence([self._seed, self.current_epoch]).generate_state(1)
        self._generator = torch.Generator().manual_seed(int(drawn[0]))
        self._steps_done = self.current_epoch * self._steps_an_epoch()

    def training_step(self, batch: list[Step], batch_idx: int) -> dict[str, Any]:
        """Take the steps of a block; return what `MetricLineHooks` reads of several steps."""
        first, rates, losses = batch_idx * STEPS_AT_ONCE, [], []
        for number, step in enumerate(batch, first):
            rates.append(self._rate(self._steps_done))
            losses.append(self._gather(number, step))
        before = self.current_epoch * len(self._batches)
        return {"loss": torch.stack(losses), "rates": rates, "first_step": before + first}

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Add up what all processes have found, and clip it network by network."""
        finish_gradients(self, optimizer, self.networks, self._settings.gradient_clip)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Score every network on its validation rows; log the means over folds."""
        if not self.is_scored:  # retrained on all rows: there is nothing left to score
            self.log("retrained", 1.0, batch_size=1)
            return
        scores = []
        for fold, rows in enumerate(self._validation):
            probabilities = self._of_network(fold, rows)
            scores.append(self._score(self._labels[rows], probabilities))
        common = [name for name in scores[0] if all(name in one for one in scores)]
        for name in common:
            values = torch.tensor([one[name] for one in scores], dtype=torch.float64)
            self.log(f"val_{name}", values.mean().float(), batch_size=1)
            if name in ("auroc", "accuracy", "kappa"):
                spread = values.std(correction=0).float()
                self.log(f"val_{name}_std", spread, batch_size=1)

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Return what every network says, (networks, rows, classes)."""
        self._to_device()
        return np.stack([self._of_network(fold, rows) for fold in range(len(self.networks))])

    def first_network(self) -> nn.Module:
        """Return the first network as it predicts: its average, where one is kept."""
        average = self.averages[0]
        if isinstance(average, torch.optim.swa_utils.AveragedModel):
            return average.module
        return self.networks[0]

    def _gather(self, number: int, step: Step) -> Tensor:
        """Add each fold's gradient; step where enough are gathered; return the mean loss."""
        losses = [self._backward(fold, rows) for fold, rows in enumerate(step) if len(rows)]
        is_last = number + 1 == len(self._batches)
        if is_last or (number + 1) % self._settings.accumulate == 0:
            self._step()
        return torch.stack(losses).mean() if len(losses) > 1 else losses[0]

    def _backward(self, fold: int, rows: Tensor) -> Tensor:
        signal, targets = self._inputs[rows], self._targets[rows]
        signal, targets = augment(signal, targets, self._settings.augmentation, self._generator)
        weighed = weigh_targets(
            targets, torch.ones(len(rows), device=targets.device),
            self._weights[fold].to(targets.device), self._settings.label_smoothing,
        )  # fmt: skip
        signal, weighed = processes().share_of(signal), processes().share_of(weighed)
        if not len(signal):  # more processes than rows
            return torch.zeros((), device=targets.device)
        announce_rows(self.networks[fold], len(rows))
        logits, extra = _logits(self._forwards[fold](signal))
        loss = stacked_loss(logits[None].float(), weighed[None], self._settings.focal_loss_gamma)
        total = self._settings.loss_weight * loss[0] + extra * (len(signal) / len(rows))
        self.manual_backward(total / self._settings.accumulate)
        return total.detach()

    def _step(self) -> None:
        optimizer = self._optimizer()
        set_learning_rate(optimizer, self._rate(self._steps_done))
        wrapped: Any = self.optimizers()
        wrapped.step()
        optimizer.zero_grad()
        self._steps_done += 1
        for average, network in zip(self.averages, self.networks, strict=True):
            if isinstance(average, torch.optim.swa_utils.AveragedModel):
                average.update_parameters(network)

    def _rate(self, step: int) -> float:
        settings, steps = self._settings, self._steps_an_epoch()
        return learning_rate_at(
            step, settings.learning_rate, settings.scheduler,
            round(settings.warmup_epochs * steps), settings.schedule_epochs * steps,
            settings.floor,
        )  # fmt: skip

    def _steps_an_epoch(self) -> int:
        return -(-len(self._batches) // self._settings.accumulate)

    def _optimizer(self) -> torch.optim.Optimizer:
        optimizer: torch.optim.Optimizer = self.trainer.optimizers[0]
        return optimizer

    def _to_device(self) -> None:
        self._inputs = self._inputs.to(self.device)
        self._targets = self._targets.to(self.device)

    @torch.no_grad()
    def _of_network(self, fold: int, rows: Rows) -> NDArray[np.float64]:
        average = self.averages[fold]
        network: Any = self._forwards[fold] if isinstance(average, nn.Identity) else average
        self.eval()
        said = torch.zeros(len(rows), self._targets.shape[1], device=self.device)
        own = processes().share_of(torch.arange(len(rows)))
        for chosen in torch.split(own, _ROWS_AT_ONCE):
            logits = _logits(network(self._inputs[torch.from_numpy(rows)[chosen]]))[0]
            said[chosen] = torch.softmax(logits.float(), dim=1)
        together = sum_parts(said).cpu().double().numpy()
        if not np.isfinite(together).all():
            rate = self._rate(max(0, self._steps_done - 1))
            raise TrialError(
                f"the training diverged: after step {self._steps_done} a prediction is no finite "
                f"number, at learning rate {rate:.3g}; lower the learning rate or the gradient "
                "clip"
            )
        return np.asarray(together)


def _logits(output: Any) -> tuple[Tensor, Tensor | float]:
    return output if isinstance(output, tuple) else (output, 0.0)


def _average(network: nn.Module, decay: float) -> nn.Module:
    if decay <= 0:
        return nn.Identity()
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    mean: Any = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean, use_buffers=True)


def _class_weights(samples: Samples, rows: Rows, settings: FitSettings) -> Tensor:
    if not settings.use_class_weights:
        return torch.ones(samples.classes)
    counts = np.bincount(samples.labels[rows], minlength=samples.classes)
    weights = len(rows) / (samples.classes * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32))


def _check(samples: Samples) -> None:
    low, high = int(samples.labels.min()), int(samples.labels.max())
    if low < 0 or high >= samples.classes:
        raise TrialError(
            f"labels are {low} to {high}, but there are {samples.classes} classes: allowed is 0 "
            f"to {samples.classes - 1}"
        )
    if samples.inputs.ndim != 3 or len(samples.inputs) != len(samples.labels):
        raise TrialError(
            f"inputs have shape {samples.inputs.shape} for {len(samples.labels)} labels; expected "
            "is (rows, channels, samples)"
        )
    if not np.isfinite(samples.inputs).all():
        raise TrialError("an input is no finite number; remove such rows first")
