"""Activities from wearable sensors: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option, Smaller
from trial_runner.components.options import COMMON_OPTIONS
from trial_runner.hyperparameters import discrete, double, integer
from trial_runner.training.options import (
    MISSING_CLASSES,
    TORCH_OPTIONS,
    TORCH_PRELOAD,
    patience_option,
)

HYPERPARAMETERS = (
    double("lr", 1e-3, 1e-4, 5e-3, "highest learning rate", at_least=1e-8, at_most=10.0, log=True,
           may_change_on_resume=True),
    discrete("batch_size", 64, (64, 128, 256), "windows a step", at_least=2, at_most=65536,
             may_change_on_resume=True),
    double("alpha", 1.0, 0.5, 2.0, "weight of the classification loss beside that of the "
           "reconstructed course of the sensors", at_least=0.01, at_most=100.0,
           may_change_on_resume=True),
    integer("hidden_dim", 128, 64, 256, "filters of the network", at_least=4, at_most=4096,
            step=32),
    integer("max_epochs", 50, 10, 200, "most passes through the training data", at_least=1,
            at_most=100_000, may_change_on_resume=True),
)  # fmt: skip

OPTIONS = (
    Option("data", "watch", "watch: the recordings of the package seglearn; or "
           "simulation[:name=value,...]"),
    Option("window_seconds", "4", "length of a window; half of it is the distance of two"),
    Option("configuration", "", "YAML with base, scenarios and environments; default: ours"),
    Option("scenario", "", "which scenario of the configuration"),
    Option("environment", "auto", "which environment's values count; auto: cluster under SLURM "
           "and Kubernetes, else laptop"),
    Option("score_weight", "0.8", "weight of val_accuracy in the metric selection"),
    Option("speed_weight", "0.2", "weight of the speed in it"),
    patience_option("val_accuracy", 15),
    *(option for option in COMMON_OPTIONS if option.name not in ("data", "data_root")),
    *TORCH_OPTIONS,
    MISSING_CLASSES,
)  # fmt: skip

_WITHOUT_GPU = Smaller(
    hyperparameters=(
        integer("max_epochs", 12, 4, 12, "most passes through the training data", at_least=1,
                at_most=100_000, may_change_on_resume=True),
    ),
    options=(("folds", "3"),),
    memory="2Gi",
)  # fmt: skip

COMPONENT = Component(
    name="activity",
    summary="Recognise activities in windows of wearable sensors, scored on unseen persons.",
    objective_metric="val_accuracy",
    objective_type="maximize",
    additional_metrics=("val_f1_macro", "val_loss"),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.activity.trial:run",
    predictor="trial_runner.components.activity.final_model:predict",
    preload=(*TORCH_PRELOAD, "trial_runner.components.activity.trial"),
    resource="max_epochs",
    memory="4Gi",
    without_gpu=_WITHOUT_GPU,
)  # fmt: skip
