"""A classifier head on frozen features: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component
from trial_runner.components.options import COMMON_OPTIONS
from trial_runner.hyperparameters import categorical, discrete, double, flag, integer

FEATURE_SETS = (
    "band_power",
    "slow_potentials",
    "slow_potentials_baseline",
    "tangent_space",
    "band_power+slow_potentials",
    "band_power+slow_potentials_baseline",
    "band_power+tangent_space",
    "slow_potentials+tangent_space",
    "slow_potentials_baseline+tangent_space",
    "band_power+slow_potentials+tangent_space",
    "band_power+slow_potentials_baseline+tangent_space",
)

HYPERPARAMETERS = (
    categorical("features", "band_power", FEATURE_SETS, "signal features that the head sees"),
    flag("use_hidden", False, "one hidden layer before the output"),
    integer(
        "hidden_dim", 256, 128, 512, "units of the hidden layer",
        at_least=1, at_most=4096, step=32, when="use_hidden == 'true'",
    ),
    flag("use_batch_norm", True, "batch normalisation of the hidden units, or of the features"),
    double("dropout_rate", 0.5, 0.0, 0.7, "share of units dropped in training", at_most=0.95),
    categorical(
        "activation", "gelu", ("relu", "gelu", "swish"), "activation of the hidden layer",
        when="use_hidden == 'true'",
    ),
    double(
        "learning_rate", 1e-3, 1e-5, 1e-2, "highest learning rate",
        at_least=1e-8, at_most=10.0, log=True, may_change_on_resume=True,
    ),
    double(
        "weight_decay", 1e-4, 1e-6, 1e-2, "weight decay of the weights, not of biases and norms",
        at_least=0.0, at_most=1.0, log=True, may_change_on_resume=True,
    ),
    categorical(
        "optimizer", "adamw", ("adamw", "sgd", "lamb"), "optimizer (sgd has momentum 0.9)"
    ),
    categorical(
        "scheduler", "cosine", ("cosine", "step", "exponential"), "learning rate after warm-up",
        may_change_on_resume=True,
    ),
    integer(
        "warmup_steps", 500, 0, 1000, "steps over which the learning rate rises from 0",
        at_most=1_000_000, may_change_on_resume=True,
    ),
    double(
        "gradient_clip", 1.0, 0.1, 10.0, "largest gradient norm; 0 clips nothing",
        at_least=0.0, at_most=1e6, log=True, may_change_on_resume=True,
    ),
    double(
        "label_smoothing", 0.1, 0.0, 0.3, "share of each label spread over all classes",
        at_most=0.99, may_change_on_resume=True,
    ),
    double(
        "mixup_alpha", 0.2, 0.0, 0.4, "Beta(alpha, alpha) mixing of pairs; 0 mixes nothing",
        at_most=10.0, may_change_on_resume=True,
    ),
    double(
        "cutmix_prob", 0.0, 0.0, 0.5, "probability that a batch swaps blocks of features instead",
        at_most=1.0, may_change_on_resume=True,
    ),
    flag(
        "use_class_weights", False, "weight classes by the inverse of their frequency",
        may_change_on_resume=True,
    ),
    double(
        "focal_loss_gamma", 0.0, 0.0, 2.0, "focus on hard trials; 0 is cross-entropy",
        at_most=10.0, may_change_on_resume=True,
    ),
    discrete(
        "batch_size", 32, (16, 32, 64, 128), "trials a step", at_least=2, at_most=65536,
        may_change_on_resume=True,
    ),
    integer("max_epochs", 100, 10, 100, "most passes through the training data", at_least=1,
            at_most=100_000, may_change_on_resume=True),
    integer("patience", 20, 5, 50, "epochs without a better val_auroc before training stops",
            at_least=1, at_most=100_000, may_change_on_resume=True),
)  # fmt: skip

COMPONENT = Component(
    name="linear_probe",
    summary="Train a small classifier on fixed EEG features, all folds at once.",
    objective_metric="val_auroc",
    objective_type="maximize",
    additional_metrics=("val_accuracy", "val_loss"),
    hyperparameters=HYPERPARAMETERS,
    options=COMMON_OPTIONS,
    entry="trial_runner.components.linear_probe.trial:run",
    preload=("scipy.signal", "torch", "trial_runner.components.linear_probe.trial"),
    resource="max_epochs",
    predictor="trial_runner.components.linear_probe.final_model:predict",
)
