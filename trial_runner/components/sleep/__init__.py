"""Sleep staging: declaration only; `trial.py` runs it."""

from __future__ import annotations

from itertools import pairwise

from trial_runner.components.declaration import Component, Option
from trial_runner.components.options import ON_FOLDS, common_options
from trial_runner.hyperparameters import Hyperparameter, categorical, double, flag, integer

_BOOSTED = "classifier != 'rf'"
_BANDS = "features == 'bands'"


def _edge(name: str, default: float, low: float, high: float, help: str) -> Hyperparameter:
    return double(
        name, default, low, high, help, at_least=0.0, at_most=500.0, step=0.5, when=_BANDS
    )


BAND_EDGES = (
    _edge("delta_low_hz", 0.5, 0.5, 1.5, "where delta begins"),
    _edge("delta_theta_hz", 4.0, 3.0, 5.0, "where delta ends and theta begins"),
    _edge("theta_alpha_hz", 8.0, 6.0, 9.0, "where theta ends and alpha begins"),
    _edge("alpha_sigma_hz", 12.0, 10.0, 13.5, "where alpha ends and sigma begins"),
    _edge("sigma_beta_hz", 16.0, 14.0, 18.0, "where sigma ends and beta begins"),
    _edge("beta_gamma_hz", 30.0, 22.0, 35.0, "where beta ends and gamma begins"),
    _edge("gamma_high_hz", 50.0, 40.0, 50.0, "where gamma ends"),
)

FEATURES = (
    categorical(
        "features", "bands", ("bands", "yasa"),
        "band powers with tunable edges, or YASA's features (a table of features has its own)",
    ),
    flag("night_normalisation", True, "add values relative to their own night"),
    integer("neighbour_epochs", 4, 0, 5, "epochs before, and after, averaged apart; 0 for none",
            at_most=60),
    integer("context_epochs", 7, 0, 15, "epochs to each side in a weighted average; 0 for none",
            at_most=120),
    integer("long_epochs", 0, 0, 30, "epochs to each side in an even average; 0 for none",
            at_most=240),
)  # fmt: skip

TREES = (
    categorical("classifier", "lgb", ("lgb", "rf", "xgb"),
                "LightGBM, random forest or XGBoost"),
    integer("n_estimators", 100, 50, 400, "trees", at_least=1, at_most=10_000, step=50),
    integer("max_depth", 5, 3, 12, "deepest tree", at_least=1, at_most=40),
    double("learning_rate", 0.1, 0.01, 0.3, "weight of each tree", at_least=1e-4, at_most=1.0,
           log=True, when=_BOOSTED),
    double("min_child_weight", 1.0, 1.0, 50.0, "least weight (forest: epochs) of a leaf",
           at_least=0.0, at_most=1e4, log=True),
    double("gamma", 0.0, 0.0, 2.0, "least gain of a split", at_most=100.0, when=_BOOSTED),
    double("subsample", 1.0, 0.5, 1.0, "share of epochs that a tree sees", at_least=0.05),
    double("colsample_bytree", 1.0, 0.1, 1.0,
           "share of features that a tree (forest: a split) sees", at_least=0.01),
    double("reg_alpha", 0.0, 0.0, 5.0, "penalty on the size of leaves", at_most=1e4,
           when=_BOOSTED),
    double("reg_lambda", 1.0, 0.0, 10.0, "penalty on the square of leaves", at_most=1e4,
           when=_BOOSTED),
)  # fmt: skip

SMOOTHING = (
    integer("smoothing_epochs", 0, 0, 4,
            "epochs to each side over which probabilities are averaged", at_most=30),
    categorical("hmm", "off", ("off", "learned", "given"),
                "hidden Markov model with transitions of the training nights, or given ones"),
    double("hmm_weight", 1.0, 0.1, 1.0, "how far transitions count", at_least=0.0,
           when="hmm != 'off'"),
    integer("min_bout_w", 1, 1, 4, "fewest epochs of wake in a row", at_most=60),
    integer("min_bout_n1", 1, 1, 4, "fewest epochs of N1 in a row", at_most=60),
    integer("min_bout_n2", 2, 1, 4, "fewest epochs of N2 in a row", at_most=60),
    integer("min_bout_n3", 2, 1, 4, "fewest epochs of N3 in a row", at_most=60),
    integer("min_bout_rem", 3, 1, 6, "fewest epochs of REM in a row", at_most=60),
)  # fmt: skip

OPTIONS = (
    Option(
        "data", None,
        "simulation[:name=value,...], a folder of nights (DREAMS, Sleep-EDF, .npz), or a table of "
        "features (.npz with X, y, subject, night)",
    ),
    Option("data_root", "", "folder of the nights, where --data is the name of a data set"),
    Option("eeg_channel", "", "name of the EEG channel; default: the first"),
    Option("eog_channel", "", "name of the EOG channel, or none; default: the first"),
    Option("emg_channel", "", "name of the EMG channel, or none; default: the first"),
    Option("transitions", "", "CSV file of 5 rows of 5 numbers for --hmm=given: from W, N1, N2, "
           "N3, R to the same; default: a healthy adult's"),
    Option("baseline", "none", "also score YASA's own stager on the same epochs",
           ("none", "yasa")),
    *common_options(*ON_FOLDS),
)  # fmt: skip

COMPONENT = Component(
    name="sleep",
    summary="Stage sleep with trees on spectral features, smoothed over the night.",
    objective_metric="val_kappa",
    objective_type="maximize",
    additional_metrics=("val_accuracy", "val_f1_macro"),
    hyperparameters=(*BAND_EDGES, *FEATURES, *TREES, *SMOOTHING),
    options=OPTIONS,
    entry="trial_runner.components.sleep.trial:run",
    preload=(
        "lightgbm",
        "scipy.ndimage",
        "scipy.signal",
        "trial_runner.components.sleep.trial",
    ),
    constraints=tuple(f"{low.name} < {high.name}" for low, high in pairwise(BAND_EDGES)),
    extra="signal",
    predictor="trial_runner.components.sleep.final_model:predict",
)
