"""Run one trial of emotion recognition: table, network, folds by person, scores."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import numpy as np
import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.components.emotion import network, tables
from trial_runner.components.emotion.final_model import keep
from trial_runner.components.emotion.network import Architecture, EmotionNetwork, layers_of
from trial_runner.components.emotion.tables import InParts, read_in_parts
from trial_runner.data.windows import Targets
from trial_runner.hyperparameters import format_value
from trial_runner.reporting import artefacts_folder, note
from trial_runner.scoring.metrics import label_scores
from trial_runner.training.classification import Classification, run_classification
from trial_runner.training.fit_settings import FitSettings, OptimizerName, shared_settings
from trial_runner.training.fold_batches import Rows
from trial_runner.training.folded import Samples
from trial_runner.training.lightning_callbacks import Progress
from trial_runner.training.options import MISSING_CLASSES
from trial_runner.training.schedules import Schedule


def run(arguments: Arguments) -> None:
    """Train and score; print one metric line an epoch and a last one of the best epoch."""
    settings = training_settings(arguments)  # wrong arguments end here, before anything is read
    options = arguments.options
    parts = read_in_parts(
        options["data"], options["dummy_data"] == "true", options["split"] == "test"
    )
    note(_describe(parts.table.targets, parts.table.features.shape[1]))
    progress = run_classification(arguments, _task(arguments, parts, settings))
    _write_hyperparameters(arguments, progress)


def training_settings(arguments: Arguments) -> FitSettings:
    """Return how to train.

    Raises:
        UsageError: The schedule ends before the training.
    """
    return replace(
        shared_settings(arguments),
        learning_rate=arguments.number("learning_rate"),
        weight_decay=arguments.number("weight_decay"),
        optimizer=cast(OptimizerName, arguments.text("optimizer")),
        scheduler=cast(Schedule, arguments.options["scheduler"]),
    )


def architecture(arguments: Arguments, classes: int) -> Architecture:
    """Return the shape that the arguments ask for."""
    blocks = range(1, arguments.whole("blocks") + 1)
    dense = range(1, arguments.whole("dense_layers") + 1)
    return Architecture(
        filters=tuple(arguments.whole(f"filters_{number}") for number in blocks),
        kernels=tuple(arguments.whole(f"kernel_{number}") for number in blocks),
        pooling="max" if arguments.text("pooling") == "max" else "average",
        conv_dropout=arguments.number("conv_dropout"),
        lstm_units=arguments.whole("lstm_units") if arguments.is_on("use_lstm") else 0,
        recurrent_dropout=arguments.number("recurrent_dropout"),
        dense_units=tuple(arguments.whole(f"dense_units_{number}") for number in dense),
        dense_dropout=arguments.number("dense_dropout"),
        classes=classes,
    )


def _task(arguments: Arguments, parts: InParts, settings: FitSettings) -> Classification:
    features, targets = parts.table
    shape = architecture(arguments, len(targets.classes))

    def make(rows: Rows) -> nn.Module:
        seen = torch.from_numpy(features[rows])
        return EmotionNetwork(shape, seen.mean(dim=0), seen.std(dim=0).clamp(min=1e-6))

    return Classification(
        samples=Samples(features[:, None, :], targets.labels, len(targets.classes)),
        targets=targets,
        development=parts.development,
        make=make,
        layers=layers_of,
        settings=settings,
        score=label_scores,
        objective="val_accuracy",
        direction="maximize",
        shown=("val_accuracy", "val_f1_macro", "val_loss"),
        data_key=parts.key,
        code=(network, tables),
        needs_every_class=arguments.options[MISSING_CLASSES.name] == "refuse",
        keep=lambda network: keep(arguments, parts, shape, network),
    )


def _write_hyperparameters(arguments: Arguments, progress: Progress) -> None:
    """Write this trial's hyperparameters as other programs of the field read them."""
    values = {
        name: value if isinstance(value, (int, float)) else format_value(value)
        for name, value in arguments.hyperparameters.items()
    }
    written = {
        "hyperparameters": values,
        "metadata": {
            "best_score": progress.best[progress.objective],
            "best_epoch": progress.best_epoch,
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    path = artefacts_folder() / "best_hyperparameters.json"
    path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def _describe(targets: Targets, features: int) -> str:
    counts = np.bincount(targets.labels, minlength=len(targets.classes))
    classes = ", ".join(f"{name} {n}" for name, n in zip(targets.classes, counts, strict=True))
    return (
        f"{len(targets.labels)} rows of {targets.subject_count} subjects, {features} features: "
        f"{classes}"
    )
