"""Run one trial of a linear probe: data, features, training, scores."""

from __future__ import annotations

import os

import numpy as np
import torch

from trial_runner.allocator import keep_freed_memory
from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder, code_version, content_key
from trial_runner.components.linear_probe import cross_validation, model, stack, training_data
from trial_runner.components.linear_probe.cross_validation import Best, cross_validate
from trial_runner.components.linear_probe.final_model import keep
from trial_runner.components.linear_probe.held_out import held_out_scores, retrain
from trial_runner.components.linear_probe.settings import head_shape, training_settings
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import PartOfData, open_part
from trial_runner.data.splits import split_folds
from trial_runner.errors import UsageError
from trial_runner.features.extract import fold_features, train_and_test_features
from trial_runner.reporting import (
    artefacts_folder,
    note,
    parent_trial,
    report,
)
from trial_runner.scoring.prediction_file import write_predictions
from trial_runner.seeding import trial_seed
from trial_runner.training import augmentation, losses, optimizers, schedules
from trial_runner.training.lineage import Lineage, open_lineage

# A checkpoint of other code is never continued.
_CODE = (
    cross_validation,
    model,
    stack,
    training_data,
    augmentation,
    losses,
    optimizers,
    schedules,
)


def run(arguments: Arguments) -> None:
    """Train and score; print one metric line an epoch and a last one of the best epoch."""
    torch.set_num_threads(1)  # small matrices; more threads only wait, and hang after a fork
    keep_freed_memory()
    training_settings(arguments)  # wrong arguments end here, before anything is read
    source = find_data(arguments.options["data"], arguments.options["data_root"])
    cache = cache_folder(arguments.options["cache"])
    development = open_part(source, "development", cache)
    note(_describe(arguments, development))
    if arguments.options["split"] == "validation":
        best = _cross_validate(arguments, development, is_reported=True)
        report({"best_epoch": best.epoch, **best.metrics})
    else:
        _score_test_data(arguments, development, open_part(source, "test", cache))


def _cross_validate(arguments: Arguments, data: PartOfData, is_reported: bool) -> Best:
    folds = split_folds(
        data.targets, int(arguments.options["folds"]), int(arguments.options["seed"])
    )
    features = fold_features(data, arguments.text("features"), [fold.training for fold in folds])
    return cross_validate(
        features,
        data.targets.labels,
        folds,
        head_shape(arguments, features.shape[2], len(data.targets.classes)),
        training_settings(arguments),
        _seed(arguments),
        on_epoch=report if is_reported else lambda _: None,
        lineage=_lineage(arguments, data),
    )


def _score_test_data(arguments: Arguments, development: PartOfData, test: PartOfData) -> None:
    """Choose the number of epochs on the folds, retrain on all of them, touch the test once."""
    best = _cross_validate(arguments, development, is_reported=False)
    known, unknown = train_and_test_features(development, test, arguments.text("features"))
    retrained = retrain(
        known,
        development.targets.labels,
        unknown,
        head_shape(arguments, known.shape[1], len(development.targets.classes)),
        training_settings(arguments),
        best.epoch,
        _seed(arguments),
        int(arguments.options["seeds"]),
    )
    probabilities = retrained.probabilities
    write_predictions(artefacts_folder() / "predictions.npz", test.targets, probabilities)
    keep(arguments, development, retrained)
    tuning = {name: best.metrics[name] for name in ("val_auroc", "val_accuracy", "val_loss")}
    report(
        {**held_out_scores(test.targets.labels, probabilities), "best_epoch": best.epoch, **tuning}
    )


def _seed(arguments: Arguments) -> int:
    given = os.environ.get("EEGTUNE_REPLICATE") or "0"
    if not given.isdecimal():
        raise UsageError(f"EEGTUNE_REPLICATE is {given!r}; allowed is a whole number from 0")
    return trial_seed(
        int(arguments.options["seed"]),
        arguments.hyperparameters,
        arguments.component.resource,
        int(given),
    )


def _lineage(arguments: Arguments, data: PartOfData) -> Lineage | None:
    """Return this configuration's checkpoints, whatever its resource, and its parent's."""
    options = arguments.options
    origin = content_key(
        data.key,
        options["folds"],
        options["seed"],
        arguments.text("features"),
        code_version(*_CODE),
    )
    key = content_key(
        _seed(arguments),  # stands for all hyperparameters but the resource, and the replicate
        training_settings(arguments).schedule_epochs,
        origin,
        parent_trial(),
    )
    return open_lineage("linear_probe", key, origin, options["trial_name"])


def _describe(arguments: Arguments, data: PartOfData) -> str:
    """Say what is trained on; whoever reads a log must see how many people it speaks of."""
    targets = data.targets
    people, group = f"{targets.subject_count} subjects", "subject"
    if targets.subject_count == 1:
        people = "one subject (scores speak of this person only)"
        is_single = len(np.unique(targets.blocks)) == len(targets.blocks)
        group = "trial" if is_single else "block of recording"
    trial = arguments.options["trial_name"] or os.environ.get("KATIB_TRIAL_NAME")
    return (
        f"{f'{trial}: ' if trial else ''}{data.source.entry.name}: "
        f"{len(targets.labels)} windows of {people}, "
        f"{len(data.channels)} channels at {data.sfreq_hz:g} Hz; "
        f"{arguments.options['folds']} folds by {group}; "
        f"classes {', '.join(targets.classes)}"
    )
