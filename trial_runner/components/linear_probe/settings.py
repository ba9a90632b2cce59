"""The arguments of a probe as the types that training takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from trial_runner.arguments import Arguments
from trial_runner.components.linear_probe.model import Activation, Shape
from trial_runner.errors import UsageError
from trial_runner.training.optimizers import Optimizer
from trial_runner.training.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Settings:
    """How probes are trained; names and units as in the component's declaration."""

    learning_rate: float
    weight_decay: float
    optimizer: Optimizer
    scheduler: Schedule
    warmup_steps: int
    gradient_clip: float
    label_smoothing: float
    mixup_alpha: float
    cutmix_prob: float
    use_class_weights: bool
    focal_loss_gamma: float
    batch_size: int
    max_epochs: int
    schedule_epochs: int
    patience: int


def training_settings(arguments: Arguments) -> Settings:
    """Return the training part of the arguments.

    Raises:
        UsageError: The schedule ends before the training.
    """
    max_epochs = arguments.whole("max_epochs")
    schedule_epochs = int(arguments.options["schedule_epochs"] or max_epochs)
    if schedule_epochs < max_epochs:
        raise UsageError(
            f"--schedule_epochs is {schedule_epochs}, below --max_epochs {max_epochs}; give the "
            "largest number of epochs that any trial trains"
        )
    return Settings(
        learning_rate=arguments.number("learning_rate"),
        weight_decay=arguments.number("weight_decay"),
        optimizer=cast(Optimizer, arguments.text("optimizer")),
        scheduler=cast(Schedule, arguments.text("scheduler")),
        warmup_steps=arguments.whole("warmup_steps"),
        gradient_clip=arguments.number("gradient_clip"),
        label_smoothing=arguments.number("label_smoothing"),
        mixup_alpha=arguments.number("mixup_alpha"),
        cutmix_prob=arguments.number("cutmix_prob"),
        use_class_weights=arguments.is_on("use_class_weights"),
        focal_loss_gamma=arguments.number("focal_loss_gamma"),
        batch_size=arguments.whole("batch_size"),
        max_epochs=max_epochs,
        schedule_epochs=schedule_epochs,
        patience=arguments.whole("patience"),
    )


def head_shape(arguments: Arguments, features: int, classes: int) -> Shape:
    """Return the shape of the heads for so many features and classes."""
    return Shape(
        features,
        classes,
        arguments.whole("hidden_dim") if arguments.is_on("use_hidden") else 0,
        arguments.is_on("use_batch_norm"),
        cast(Activation, arguments.text("activation")),
        arguments.number("dropout_rate"),
    )
