"""Run one trial of activity recognition: windows, network, folds by person, a full record."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.cache import content_key
from trial_runner.components.activity import network, recordings
from trial_runner.components.activity.configuration import (
    configuration_hash,
    configured,
    detect_environment,
)
from trial_runner.components.activity.final_model import keep
from trial_runner.components.activity.network import ActivityNetwork, layers_of
from trial_runner.components.activity.recordings import InParts, read_windows
from trial_runner.errors import UsageError
from trial_runner.reporting import artefacts_folder, note, report
from trial_runner.scoring.metrics import label_scores
from trial_runner.training.classification import Classification, run_classification
from trial_runner.training.fit_settings import FitSettings, shared_settings
from trial_runner.training.fold_batches import Rows
from trial_runner.training.folded import Samples
from trial_runner.training.lightning_callbacks import Progress
from trial_runner.training.options import MISSING_CLASSES

_REFERENCE_SECONDS = 60.0


def run(arguments: Arguments) -> None:
    """Train and score; print one metric line an epoch and a last one of the best epoch."""
    arguments = configured(arguments, os.environ)
    settings, weights = training_settings(arguments), _weights(arguments)
    window_seconds = _number(arguments, "window_seconds")
    with_test = arguments.options["split"] == "test"
    parts = read_windows(arguments.options["data"], window_seconds, with_test)
    note(_describe(arguments, parts))
    start = time.monotonic()
    progress = run_classification(arguments, _task(arguments, parts, settings))
    seconds = time.monotonic() - start
    score = progress.best["val_accuracy"]
    selection = selected(score, seconds, *weights)
    _write_record(arguments, progress, seconds, selection)
    report(
        {
            "training_seconds": seconds,
            "convergence_epoch": progress.best_epoch,
            "selection": selection,
        }
    )


def selected(score: float, seconds: float, score_weight: float, speed_weight: float) -> float:
    """Return the weighed sum of a score and a speed between 0 and 1; a minute is ½.

    >>> selected(0.9, 60.0, 0.8, 0.2)
    0.82
    """
    speed = _REFERENCE_SECONDS / (_REFERENCE_SECONDS + seconds)
    return round(score_weight * score + speed_weight * speed, 12)


def training_settings(arguments: Arguments) -> FitSettings:
    """Return how to train.

    Raises:
        UsageError: The schedule ends before the training.
    """
    return replace(
        shared_settings(arguments),
        learning_rate=arguments.number("lr"),
        weight_decay=1e-4,
        loss_weight=arguments.number("alpha"),
    )


def _task(arguments: Arguments, parts: InParts, settings: FitSettings) -> Classification:
    signal, targets, hidden = parts.signal, parts.targets, arguments.whole("hidden_dim")

    def make(rows: Rows) -> nn.Module:
        seen = torch.from_numpy(signal[rows])
        mean, deviation = seen.mean(dim=(0, 2)), seen.std(dim=(0, 2)).clamp(min=1e-6)
        classes = len(targets.classes)
        return ActivityNetwork(signal.shape[1], hidden, classes, mean[:, None], deviation[:, None])

    return Classification(
        samples=Samples(signal, targets.labels, len(targets.classes)),
        targets=targets,
        development=parts.development,
        make=make,
        layers=layers_of,
        settings=settings,
        score=label_scores,
        objective="val_accuracy",
        direction="maximize",
        shown=("val_accuracy", "val_f1_macro", "val_loss"),
        data_key=content_key(arguments.options["data"], arguments.options["window_seconds"]),
        code=(network, recordings),
        needs_every_class=arguments.options[MISSING_CLASSES.name] == "refuse",
        keep=lambda network: keep(arguments, parts, network),
    )


def _write_record(
    arguments: Arguments, progress: Progress, seconds: float, selection: float
) -> None:
    record: dict[str, Any] = {
        "configuration_hash": configuration_hash(arguments),
        "hyperparameters": dict(arguments.hyperparameters),
        "environment": detect_environment(os.environ),
        "git_commit": _git_commit(),
        "system": {
            "platform": platform.platform(),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "cores": os.cpu_count(),
            "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        },
        "training_seconds": round(seconds, 3),
        "convergence_epoch": progress.best_epoch,
        "val_accuracy": progress.best["val_accuracy"],
        "selection": selection,
    }
    path = artefacts_folder() / "record.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _git_commit() -> str | None:
    """Return the commit of this code, where it is a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True,
            text=True, timeout=5, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _weights(arguments: Arguments) -> tuple[float, float]:
    return _number(arguments, "score_weight"), _number(arguments, "speed_weight")


def _number(arguments: Arguments, name: str) -> float:
    text = arguments.options[name]
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UsageError(f"--{name} is {text!r}; allowed is a number from 0")
    return number


def _describe(arguments: Arguments, parts: InParts) -> str:
    targets = parts.targets
    return (
        f"{len(targets.labels)} windows of {targets.subject_count} subjects, "
        f"{len(targets.classes)} activities; configuration {configuration_hash(arguments)}, "
        f"environment {detect_environment(os.environ)}"
    )
