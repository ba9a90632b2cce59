"""A trial that does nothing, for benchmarks of what a trial costs beside its work; not listed."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option
from trial_runner.hyperparameters import double

COMPONENT = Component(
    name="noop",
    summary="Report one number and end.",
    objective_metric="score",
    objective_type="maximize",
    additional_metrics=(),
    hyperparameters=(double("x", 0.5, 0.0, 1.0, "the number that is reported"),),
    options=(
        Option("imports", "false", "import torch, mne and scikit-learn first", ("true", "false")),
        Option("seconds", "0", "how long to wait before the report"),
    ),
    entry="trial_runner.components.noop.trial:run",
    preload=("torch", "torch._dynamo", "mne", "sklearn.linear_model"),
)
