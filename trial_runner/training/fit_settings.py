"""How a network is trained: the values that components fill from their arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast

from trial_runner.arguments import Arguments
from trial_runner.errors import UsageError
from trial_runner.training.schedules import Schedule

OptimizerName = Literal["adamw", "adam", "sgd", "rmsprop", "lamb"]
Precision = Literal["auto", "32", "16", "bf16"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is changed at random in training; 0 changes nothing.

    Attributes:
        mixup_alpha: Beta(alpha, alpha) mixing of pairs, labels too.
        cutmix_prob: Probability that a batch swaps stretches of time instead, labels by length.
        time_mask_ratio: Share of the samples that one stretch of zeros covers.
        channel_mask_ratio: Probability that a channel is set to zero.
        noise_level: Deviation of Gaussian noise, in deviations of the window.
        time_shift_ratio: Largest shift around the window, as share of its samples.
        amplitude_scale: Largest change of the amplitude, as share.
    """

    mixup_alpha: float = 0.0
    cutmix_prob: float = 0.0
    time_mask_ratio: float = 0.0
    channel_mask_ratio: float = 0.0
    noise_level: float = 0.0
    time_shift_ratio: float = 0.0
    amplitude_scale: float = 0.0


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a network is trained.

    Attributes:
        learning_rate: The highest.
        weight_decay: Of weights, not of biases and norms.
        optimizer: Rule of the steps (sgd and rmsprop with momentum 0.9 and 0).
        scheduler: Learning rate after the warm-up.
        warmup_epochs: Over which the learning rate rises from 0.
        floor: Share of the learning rate that cosine and linear end at.
        gradient_clip: Largest norm of the gradient; 0 clips nothing.
        batch_size: Rows of a step's forward pass.
        accumulate: Passes whose gradients make one step.
        max_epochs: Passes through the training data at most.
        schedule_epochs: Over which the schedule runs.
        patience: Epochs without a better objective before training stops.
        loss_weight: Of the classification loss, beside losses of the network's own.
        label_smoothing: Share of each label spread over all classes.
        focal_loss_gamma: Focus on hard rows; 0 is cross-entropy.
        use_class_weights: Whether classes weigh by the inverse of their frequency.
        ema_decay: Of the running mean of the weights that is scored; 0 scores the weights.
        layer_decay: Factor of the learning rate from each layer to the one below; 1 for none.
        augmentation: What is changed at random.
        precision: Of the arithmetic.
        device: `auto`, `cpu` or `cuda`.
        is_deterministic: Whether only algorithms that repeat exactly are used.
        is_compiled: Whether torch.compile makes the networks faster.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    optimizer: OptimizerName = "adamw"
    scheduler: Schedule = "cosine"
    warmup_epochs: float = 0.0
    floor: float = 0.0
    gradient_clip: float = 1.0
    batch_size: int = 32
    accumulate: int = 1
    max_epochs: int = 10
    schedule_epochs: int = 10
    patience: int = 10
    loss_weight: float = 1.0
    label_smoothing: float = 0.0
    focal_loss_gamma: float = 0.0
    use_class_weights: bool = False
    ema_decay: float = 0.0
    layer_decay: float = 1.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: Precision = "auto"
    device: str = "auto"
    is_deterministic: bool = False
    is_compiled: bool = False


def shared_settings(arguments: Arguments) -> FitSettings:
    """Return settings with what every component of torch takes from its arguments.

    Raises:
        UsageError: The schedule ends before the training.
    """
    max_epochs, schedule_epochs = epochs_of(arguments)
    options = arguments.options
    return FitSettings(
        batch_size=arguments.whole("batch_size"),
        max_epochs=max_epochs,
        schedule_epochs=schedule_epochs,
        patience=arguments.whole("patience"),
        device=options["device"],
        precision=cast(Precision, options.get("precision", "auto")),
        is_deterministic=options["deterministic"] == "true",
        is_compiled=options["compile"] == "true",
    )


def epochs_of(arguments: Arguments) -> tuple[int, int]:
    """Return how many epochs are trained, and over how many the schedule runs.

    Raises:
        UsageError: The schedule ends before the training.
    """
    max_epochs = arguments.whole("max_epochs")
    schedule_epochs = int(arguments.options.get("schedule_epochs") or max_epochs)
    if schedule_epochs < max_epochs:
        raise UsageError(
            f"--schedule_epochs is {schedule_epochs}, below --max_epochs {max_epochs}; give the "
            "largest number of epochs that any trial trains"
        )
    return max_epochs, schedule_epochs
