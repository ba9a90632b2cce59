"""What a trial of `eegtune.tune` does with a LightningModule: make it and train it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class ModuleTraining:
    """A LightningModule's class with what it is trained on; called with a trial's values.

    Attributes:
        module: The class.
        data: Batches to train on and to validate with, or a function that returns both.
        metric: What it logs that is to be best.
        direction: `maximize` or `minimize`.
        max_epochs: How long it is trained.
        patience: After how many epochs without a better metric training ends.
    """

    module: Any
    data: Any
    metric: str
    direction: str
    max_epochs: int
    patience: int | None

    def __call__(self, **values: Any) -> None:
        """Train the module with a trial's values; each epoch's metrics go to standard output."""
        # Trials may import what the interface must not: torch and the trainer.
        lightning: Any = import_module("trial_runner.training.lightning_fit")
        given = {name: value for name, value in values.items() if takes(self.data, name)}
        training, validation = self.data(**given) if callable(self.data) else self.data
        lightning.seed_everything(0, 0)
        kept = {name: value for name, value in values.items() if takes(self.module, name)}
        options = lightning.FitOptions(
            max_epochs=self.max_epochs, objective=self.metric, direction=self.direction,
            patience=self.patience,
        )  # fmt: skip
        lightning.fit(self.module(**kept), training, validation, options)


def is_lightning_module(given: Any) -> bool:
    """Say whether something is the class of a LightningModule, of either package."""
    return isinstance(given, type) and all(
        hasattr(given, name) for name in ("training_step", "configure_optimizers", "log")
    )


def takes(function: Any, name: str) -> bool:
    """Say whether a function takes a keyword argument of a name."""
    if not callable(function):
        return False
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
