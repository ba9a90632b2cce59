"""Emotions from tables of features: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option, Smaller
from trial_runner.components.options import COMMON_OPTIONS
from trial_runner.hyperparameters import (
    Hyperparameter,
    categorical,
    discrete,
    double,
    flag,
    integer,
)
from trial_runner.training.options import (
    MISSING_CLASSES,
    TORCH_OPTIONS,
    TORCH_PRELOAD,
    patience_option,
)

MOST_BLOCKS, MOST_DENSE = 4, 3
CLASSES = ("neutral", "happy", "sad", "angry", "afraid")


def _of_block(number: int) -> tuple[Hyperparameter, ...]:
    when = f"blocks >= {number}" if number > 1 else None
    return (
        integer(f"filters_{number}", 64, 32, 256, f"filters of convolution block {number}",
                at_least=1, at_most=4096, step=32, when=when),
        discrete(f"kernel_{number}", 3, (3, 5, 7), f"features that a filter of block {number} "
                 "sees", when=when),
    )  # fmt: skip


def _of_dense(number: int) -> Hyperparameter:
    when = f"dense_layers >= {number}" if number > 1 else None
    return integer(f"dense_units_{number}", 128, 32, 256, f"units of dense layer {number}",
                   at_least=1, at_most=4096, step=32, when=when)  # fmt: skip


HYPERPARAMETERS = (
    integer("blocks", 2, 1, MOST_BLOCKS, "convolution blocks"),
    *(each for number in range(1, MOST_BLOCKS + 1) for each in _of_block(number)),
    categorical("pooling", "max", ("max", "average"), "what two neighbours become after a block"),
    double("conv_dropout", 0.2, 0.0, 0.5, "share of filters dropped after a block", at_most=0.95),
    flag("use_lstm", True, "an LSTM over what the blocks leave"),
    integer("lstm_units", 64, 32, 256, "units of the LSTM", at_least=1, at_most=4096, step=32,
            when="use_lstm == 'true'"),
    double("recurrent_dropout", 0.1, 0.0, 0.5, "share of the LSTM's recurrent weights dropped",
           at_most=0.95, when="use_lstm == 'true'"),
    integer("dense_layers", 1, 1, MOST_DENSE, "dense layers before the output"),
    *(_of_dense(number) for number in range(1, MOST_DENSE + 1)),
    double("dense_dropout", 0.3, 0.0, 0.7, "share of units dropped after a dense layer",
           at_most=0.95),
    double("learning_rate", 1e-3, 1e-5, 1e-2, "highest learning rate", at_least=1e-8,
           at_most=10.0, log=True, may_change_on_resume=True),
    discrete("batch_size", 32, (16, 32, 64), "rows a step", at_least=2, at_most=65536,
             may_change_on_resume=True),
    categorical("optimizer", "adam", ("adam", "adamw", "rmsprop"), "optimizer"),
    double("weight_decay", 1e-4, 1e-6, 1e-1, "weight decay of weights, not of biases and norms "
           "(added to the gradient by adam and rmsprop, taken off the weights by adamw)",
           at_least=0.0, at_most=1.0, log=True, may_change_on_resume=True),
    integer("max_epochs", 30, 5, 60, "most passes through the training data", at_least=1,
            at_most=100_000, may_change_on_resume=True),
)  # fmt: skip

OPTIONS = (
    Option("data", "", "a table (.csv, .parquet: columns of features, emotion, subject; .npz: X, "
           "y, subject), or simulation[:name=value,...]; must be given without --dummy_data"),
    Option("dummy_data", "false", "a quick test on a small simulated table", ("true", "false")),
    Option("scheduler", "cosine", "learning rate after the warm-up",
           ("cosine", "onecycle", "step", "exponential", "linear", "constant")),
    patience_option("val_accuracy"),
    *(option for option in COMMON_OPTIONS if option.name not in ("data", "data_root")),
    *TORCH_OPTIONS,
    MISSING_CLASSES,
)  # fmt: skip

_WITHOUT_GPU = Smaller(
    hyperparameters=(
        integer("max_epochs", 15, 5, 15, "most passes through the training data", at_least=1,
                at_most=100_000, may_change_on_resume=True),
    ),
    options=(("folds", "3"),),
    memory="2Gi",
)  # fmt: skip

COMPONENT = Component(
    name="emotion",
    summary="Recognise emotions in rows of features with a convolutional and recurrent network.",
    objective_metric="val_accuracy",
    objective_type="maximize",
    additional_metrics=("val_f1_macro", "val_loss"),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.emotion.trial:run",
    predictor="trial_runner.components.emotion.final_model:predict",
    preload=(*TORCH_PRELOAD, "trial_runner.components.emotion.trial"),
    resource="max_epochs",
    memory="4Gi",
    without_gpu=_WITHOUT_GPU,
)  # fmt: skip
