"""A good classifier without further questions: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option
from trial_runner.components.linear_probe import FEATURE_SETS
from trial_runner.components.options import ON_FOLDS, common_options
from trial_runner.hyperparameters import categorical, double, integer

HYPERPARAMETERS = (
    categorical("features", "band_power", FEATURE_SETS,
                "signal features that the classifier sees (a table of features has its own)"),
    categorical("estimators", "all", ("all", "lgbm", "xgboost", "rf", "extra_tree", "lrl1"),
                "which kinds of classifiers are searched"),
    integer("time_budget_seconds", 60, 10, 600,
            "seconds that the search takes, all folds together", at_least=1, at_most=86_400,
            log=True, may_change_on_resume=True),
    double("run_seconds", 10.0, 1.0, 60.0, "seconds that one training may take at most",
           at_least=0.01, at_most=86_400.0, log=True, may_change_on_resume=True),
)  # fmt: skip

OPTIONS = (
    Option("data", None, "a data set of the catalogue, a table of features (.npz with X, y, "
           "subject), or simulation[:name=value,...]"),
    Option("inner_folds", "3", "folds by subject in which the search scores a classifier",
           at_least=2),
    *common_options("data_root", *ON_FOLDS),
)  # fmt: skip

COMPONENT = Component(
    name="automl",
    summary="Search kinds of classifiers and their parameters with FLAML, within a time budget.",
    objective_metric="val_auroc",
    objective_type="maximize",
    additional_metrics=("val_accuracy", "val_loss"),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.automl.trial:run",
    predictor="trial_runner.components.automl.final_model:predict",
    preload=("flaml.automl", "trial_runner.components.automl.trial"),
    resource="time_budget_seconds",
    extra="signal",
)
