"""Run one trial: train an encoder of some size, then measure a prediction's time and memory."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import cast

import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder
from trial_runner.components.eegpt import network
from trial_runner.components.eegpt.architecture import Architecture, build_encoder
from trial_runner.components.eegpt.network import Classifier, LossWeights, layers_of
from trial_runner.components.eegpt.windows import InParts, positive_number, read_windows
from trial_runner.components.efficiency.measure import Cost, measure
from trial_runner.reporting import note, report
from trial_runner.scoring.metrics import classification_scores
from trial_runner.training.classification import Classification, cross_validate, run_classification
from trial_runner.training.fit_settings import FitSettings, Precision, shared_settings
from trial_runner.training.fold_batches import Rows
from trial_runner.training.folded import Samples
from trial_runner.training.hardware import choose_hardware

SIZES = {"small": (384, 6), "base": (768, 12), "large": (1024, 16)}


def run(arguments: Arguments) -> None:
    """Train and score, print one metric line an epoch; then measure and print all metrics."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    settings, shape = training_settings(arguments), architecture(arguments)
    cache = cache_folder(arguments.options["cache"])
    unit = positive_number("unit_microvolts", arguments.options["unit_microvolts"])
    is_test = arguments.options["split"] == "test"
    parts = read_windows(
        arguments.options["data"], arguments.options["data_root"], is_test, unit, None, cache
    )
    note(f"{len(parts.signal)} windows of {parts.targets.subject_count} subjects; {shape}")
    task = _task(parts, shape, settings)
    if is_test:  # time and memory do not depend on whose recordings they are
        run_classification(arguments, task)
        return
    progress, _ = cross_validate(arguments, task, report)
    cost = _measure(arguments, task, parts)
    if not cost.is_steady:
        note(
            f"latencies lie between {cost.latency_p05_ms:.3g} and {cost.latency_p95_ms:.3g} ms: "
            "something else keeps this machine busy; run one trial at a time on a quiet one where "
            "latencies are to be compared"
        )
    report({"best_epoch": progress.best_epoch, **progress.best, **cost._asdict()})


def architecture(arguments: Arguments) -> Architecture:
    """Return the encoder of the size that is asked for.

    Raises:
        UsageError: The width shrinks to something that the heads do not divide.
    """
    width, heads = SIZES[arguments.text("model_size")]
    return Architecture(
        embed_dim=width // arguments.whole("shrink"),
        num_heads=heads,
        depth=arguments.whole("depth"),
        embed_num=1,
    )


def training_settings(arguments: Arguments) -> FitSettings:
    """Return how to train.

    Raises:
        UsageError: The schedule ends before the training.
    """
    is_mixed, device = arguments.is_on("mixed_precision"), arguments.options["device"]
    on_cpu = choose_hardware(device, "32").accelerator == "cpu"
    precision = "32" if not is_mixed else "bf16" if on_cpu else "auto"
    return replace(
        shared_settings(arguments),
        learning_rate=arguments.number("learning_rate"),
        weight_decay=0.05,
        warmup_epochs=1,
        precision=cast(Precision, precision),
    )


def _task(parts: InParts, shape: Architecture, settings: FitSettings) -> Classification:
    classes = len(parts.targets.classes)

    def make(rows: Rows) -> nn.Module:
        encoder = build_encoder(shape, parts.channels, parts.signal.shape[2])
        return Classifier(encoder, classes, LossWeights())

    return Classification(
        samples=Samples(parts.signal, parts.targets.labels, classes),
        targets=parts.targets,
        development=parts.development,
        make=make,
        layers=layers_of,
        settings=settings,
        score=classification_scores,
        objective="val_accuracy",
        direction="maximize",
        shown=("val_accuracy", "val_auroc", "val_loss"),
        data_key=parts.key,
        code=(network,),
        needs_every_class=True,
    )


def _measure(arguments: Arguments, task: Classification, parts: InParts) -> Cost:
    """Measure a network of the trial's size on a batch of its data."""
    accelerator = choose_hardware(task.settings.device, "32").accelerator
    probe = task.make(parts.targets.labels).to(accelerator)
    batch = torch.from_numpy(parts.signal[: task.settings.batch_size]).to(accelerator)
    return measure(
        probe, batch, warm_up=arguments.whole("warm_up"), repeats=arguments.whole("repeats"),
        is_mixed=arguments.is_on("mixed_precision"),
    )  # fmt: skip
