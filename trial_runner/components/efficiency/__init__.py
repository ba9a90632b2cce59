"""Accuracy against latency against memory: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option, Smaller
from trial_runner.components.options import COMMON_OPTIONS
from trial_runner.hyperparameters import categorical, discrete, double, flag, integer
from trial_runner.training.options import TORCH_OPTIONS, TORCH_PRELOAD, patience_option

HYPERPARAMETERS = (
    categorical("model_size", "base", ("small", "base", "large"),
                "width and heads of the encoder: 384/6, 768/12, 1024/16"),
    discrete("batch_size", 32, (8, 16, 32, 64), "windows a step, and a pass that is timed",
             at_least=2, at_most=65536),
    flag("mixed_precision", False, "bf16 (16 bits on a GPU without it) in training and when "
         "timed"),
    double("learning_rate", 3e-4, 1e-5, 1e-2, "highest learning rate", at_least=1e-8,
           at_most=10.0, log=True, may_change_on_resume=True),
    integer("max_epochs", 10, 3, 30, "most passes through the training data", at_least=1,
            at_most=100_000, may_change_on_resume=True),
)  # fmt: skip

OPTIONS = (
    Option("depth", "4", "layers of the encoder", at_least=1),
    Option("shrink", "1", "divides the width, for tries without a GPU: 16 makes base 48 wide",
           at_least=1),
    Option("warm_up", "3", "passes before the timing begins", at_least=1),
    Option("repeats", "20", "passes that are timed", at_least=3),
    Option("unit_microvolts", "20", "microvolts that count as 1"),
    patience_option("val_accuracy"),
    *COMMON_OPTIONS,
    *(option for option in TORCH_OPTIONS if option.name != "precision"),
)  # fmt: skip

_WITHOUT_GPU = Smaller(
    hyperparameters=(
        integer("max_epochs", 8, 2, 8, "most passes through the training data", at_least=1,
                at_most=100_000, may_change_on_resume=True),
    ),
    options=(("shrink", "8"), ("depth", "2"), ("folds", "3")),
    memory="2Gi",
)  # fmt: skip

COMPONENT = Component(
    name="efficiency",
    summary="Train an encoder of some size; measure a prediction's time and memory.",
    objective_metric="val_accuracy",
    objective_type="maximize",
    additional_metrics=("latency_ms", "memory_mb"),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.efficiency.trial:run",
    preload=(*TORCH_PRELOAD, "braindecode.models.eegpt",
             "trial_runner.components.efficiency.trial"),
    resource="max_epochs",
    memory="16Gi",
    objectives="val_accuracy:max,latency_ms:min,memory_mb:min",
    without_gpu=_WITHOUT_GPU,
)  # fmt: skip
