"""Artefact rejection held against an expert: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option
from trial_runner.components.options import ON_FOLDS, common_options
from trial_runner.hyperparameters import categorical, double, integer

_FIXED = "threshold_method == 'fixed'"

HYPERPARAMETERS = (
    integer(
        "n_interpolate", 4, 1, 5, "most channels of an epoch that are repaired",
        at_least=0, at_most=32,
    ),
    double(
        "consensus", 0.3, 0.1, 0.5, "share of bad channels from which an epoch is rejected",
        at_least=0.0, at_most=1.0, step=0.05,
    ),
    categorical(
        "threshold_method", "fixed", ("fixed", "learned"),
        "one threshold for all channels, or each channel's own, learned by cross-validation",
    ),
    double(
        "threshold_microvolts", 150.0, 150.0, 300.0,
        "peak-to-peak amplitude above which an EEG channel is bad",
        at_least=1.0, at_most=10_000.0, step=10.0, when=_FIXED,
    ),
)  # fmt: skip

OPTIONS = (
    Option(
        "data", None,
        "simulation[:name=value,...], a folder of labelled epochs (.npz), or a data set of the "
        "catalogue (no expert: loss only)",
    ),
    Option("eog_threshold_microvolts", "250", "amplitude above which an EOG channel rejects",
           at_least=1),
    Option("channel_threshold", "0.4", "largest share of channels that may be bad in more than "
           "half of the epochs; above it the whole recording is rejected"),
    Option("min_channels", "15", "EEG channels that must be good in at least half of the epochs",
           at_least=1),
    *common_options("data_root", *ON_FOLDS),
)  # fmt: skip

COMPONENT = Component(
    name="autoreject",
    summary="Reject and repair artefacts as an expert does, or with the least loss.",
    objective_metric="val_kappa",
    objective_type="maximize",
    additional_metrics=(
        "val_agreement",
        "val_sensitivity",
        "val_specificity",
        "val_reconstruction_loss_microvolts",
    ),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.autoreject.trial:run",
    preload=("numpy", "trial_runner.components.autoreject.trial"),
    extra="signal",
)
