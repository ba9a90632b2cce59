"""One trial of a classifier: cross-validation on the development data, or the test data once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.cache import code_version, content_key
from trial_runner.data.splits import Fold, missing_classes, split_folds
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, UsageError
from trial_runner.hyperparameters import format_value
from trial_runner.reporting import artefacts_folder, is_first_process, note, parent_trial, report
from trial_runner.scoring.cross_validation import grouped_folds
from trial_runner.scoring.prediction_file import write_predictions
from trial_runner.seeding import trial_seed
from trial_runner.training import folded, lightning_fit, network_optimizers, signal_augmentation
from trial_runner.training.fit_settings import FitSettings
from trial_runner.training.fold_batches import Rows
from trial_runner.training.folded import FoldedClassifier, Samples, Score
from trial_runner.training.lightning_callbacks import Direction, Progress, Tell
from trial_runner.training.lightning_checkpoints import read_kept
from trial_runner.training.lightning_fit import FitOptions, fit, seed_everything
from trial_runner.training.lineage import Lineage, open_lineage
from trial_runner.training.options import (
    MISSING_CLASSES,
    data_fraction,
    folds_used,
    resume_from,
)

_CODE = (folded, lightning_fit, network_optimizers, signal_augmentation)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a component trains.

    Attributes:
        samples: Rows of the development data, then of the test data where it is wanted.
        targets: Of all rows.
        development: How many rows are the development data's.
        make: From the rows that may be seen to a new network.
        layers: From a network to its layers from input to output.
        settings: Of the training.
        score: From labels and probabilities to metrics.
        objective: The metric by which an epoch is the best.
        direction: Which value of it is better.
        shown: Metrics of an epoch's line.
        data_key: What the data depend on.
        code: Modules whose change makes checkpoints worthless.
        needs_every_class: Whether the scores of a fold are none where a class is missing in it.
        keep: Leaves a retrained network in the artefacts' folder, with all that predicting needs.
    """

    samples: Samples
    targets: Targets
    development: int
    make: Callable[[Rows], nn.Module]
    layers: Callable[[nn.Module], Sequence[nn.Module]]
    settings: FitSettings
    score: Score
    objective: str
    direction: Direction
    shown: tuple[str, ...]
    data_key: str
    code: tuple[ModuleType, ...] = ()
    needs_every_class: bool = False
    keep: Callable[[nn.Module], None] | None = None


def run_classification(arguments: Arguments, task: Classification) -> Progress:
    """Train and score; print one line an epoch and a last one of the best epoch."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or 1))
    if arguments.options["split"] == "test":
        return _test(arguments, task)
    progress, _ = cross_validate(arguments, task, report)
    report({"best_epoch": progress.best_epoch, **_finite(progress)})
    return progress


def cross_validate(
    arguments: Arguments, task: Classification, tell: Tell
) -> tuple[Progress, FoldedClassifier]:
    """Train a network a fold; return what was reported and the networks."""
    folds = development_folds(arguments, task)[: folds_used(arguments, arguments.whole("folds"))]
    seed = seed_of(arguments)
    share = data_fraction(arguments)
    training = [rows_of_share(fold.training, task.targets.labels, share, seed) for fold in folds]
    module = _module(task, training, [fold.validation for fold in folds], task.settings, seed)
    options = FitOptions(
        max_epochs=task.settings.max_epochs,
        objective=task.objective,
        direction=task.direction,
        shown=task.shown,
        patience=task.settings.patience,
        seed=seed,
        lineage=lineage_of(arguments, task, seed),
        resume_from=_resumable(arguments),
        device=task.settings.device,
        precision=task.settings.precision,
        is_deterministic=task.settings.is_deterministic,
        batch_size=task.settings.batch_size,
        kept=_kept(arguments),
    )
    return fit(module, module.batches(), [0], options, tell), module


def development_folds(arguments: Arguments, task: Classification) -> tuple[Fold, ...]:
    """Return the folds of the development rows, by subject.

    Raises:
        UsageError: There are fewer subjects than folds.
        DataError: A fold lacks a class that its scores need.
    """
    targets, rows = task.targets, slice(task.development)
    known = Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )
    split = split_folds if task.needs_every_class else grouped_folds
    try:
        folds = split(known, arguments.whole("folds"), arguments.whole("seed"))
    except DataError as error:
        if MISSING_CLASSES.name not in arguments.options:
            raise
        raise DataError(f"{error}, or --{MISSING_CLASSES.name}=allow") from error
    _tell_missing_classes(folds, known)
    return folds


def _tell_missing_classes(folds: Sequence[Fold], targets: Targets) -> None:
    """Say where a class is missing, where that is allowed."""
    for number, side, names in missing_classes(folds, targets):
        told = "cannot be recognised there" if side == "training" else "not scored there"
        lacking = ", ".join(names)
        note(f"fold {number} of {len(folds)} has nothing of {lacking} for {side}: {told}")


def seed_of(arguments: Arguments) -> int:
    """Return the trial's own seed.

    Raises:
        UsageError: The replicate's number is none.
    """
    given = os.environ.get("EEGTUNE_REPLICATE") or "0"
    if not given.isdecimal():
        raise UsageError(f"EEGTUNE_REPLICATE is {given!r}; allowed is a whole number from 0")
    return trial_seed(
        arguments.whole("seed"), arguments.hyperparameters, arguments.component.resource,
        int(given),
    )  # fmt: skip


def _test(arguments: Arguments, task: Classification) -> Progress:
    """Choose the number of epochs on the folds, retrain on all of them, touch the test once."""
    progress, _ = cross_validate(arguments, task, lambda _: None)
    seeds, rows = arguments.whole("seeds"), np.arange(task.development)
    settings = replace(task.settings, max_epochs=progress.best_epoch)
    seed = seed_of(arguments)
    module = _module(task, [rows] * seeds, [rows[:1]] * seeds, settings, seed)
    options = FitOptions(
        max_epochs=progress.best_epoch,
        objective="retrained",
        seed=seed,
        device=settings.device,
        precision=settings.precision,
        is_deterministic=settings.is_deterministic,
        batch_size=settings.batch_size,
    )
    module.is_scored = False
    fit(module, module.batches(), [0], options, lambda _: None)
    unseen = np.arange(task.development, len(task.samples.labels))
    said = module.probabilities(unseen)
    targets = _take(task.targets, unseen)
    if is_first_process():
        write_predictions(artefacts_folder() / "predictions.npz", targets, said.astype(np.float32))
    if task.keep is not None:
        task.keep(module.first_network())
    single = [task.score(targets.labels, one) for one in said]
    scores = {f"test_{name}": float(np.mean([one[name] for one in single])) for name in single[0]}
    name = task.objective.removeprefix("val_")
    scores[f"test_{name}_std"] = float(np.std([one[name] for one in single]))
    tuning = {name: progress.best[name] for name in task.shown}
    report({**scores, "best_epoch": progress.best_epoch, **tuning})
    return progress


def _module(
    task: Classification,
    training: Sequence[Rows],
    validation: Sequence[Rows],
    settings: FitSettings,
    seed: int,
) -> FoldedClassifier:
    networks = []
    for fold, rows in enumerate(training):
        seed_everything(seed, 1_000_000 + fold)  # the initial weights are the fold's own
        networks.append(task.make(rows))
    return FoldedClassifier(
        networks, task.layers, task.samples, training, validation, settings, task.score, seed
    )


def rows_of_share(rows: Rows, labels: Rows, share: float, seed: int) -> Rows:
    """Return a share of the rows of every class; a larger share has all of a smaller one's.

    Args:
        rows: To choose from.
        labels: Of all rows there are.
        share: Above 0 to 1.
        seed: Of the order in which rows are taken.
    """
    if share >= 1:
        return rows
    shuffled = np.random.default_rng([seed, 7]).permutation(rows)
    classes = labels[shuffled]
    kept = [
        shuffled[classes == one][: max(1, round(share * (classes == one).sum()))]
        for one in np.unique(classes)
    ]
    return np.sort(np.concatenate(kept))


def lineage_of(arguments: Arguments, task: Classification, seed: int) -> Lineage | None:
    """Return this configuration's checkpoints, whatever its epochs, and its parent's."""
    ignored = ("trial_name", "cache", "resume_from", "seeds", "split", "schedule_epochs")
    options = {name: text for name, text in arguments.options.items() if name not in ignored}
    origin = content_key(options, task.data_key, code_version(*_CODE, *task.code))
    key = content_key(
        seed,  # stands for all hyperparameters but the resource, and the replicate
        task.settings.schedule_epochs,
        origin,
        parent_trial(),
    )
    name = arguments.component.name
    return open_lineage(name, key, origin, arguments.options["trial_name"])


def _resumable(arguments: Arguments) -> Path | None:
    """Return the checkpoint to go on from, if nothing differs that may not."""
    path = resume_from(arguments)
    if path is None or not path.is_file():
        return path
    before, now = read_kept(path), _kept(arguments)
    fixed = [h.name for h in arguments.component.hyperparameters if not h.may_change_on_resume]
    changed = [f"{n} ({before[n]} → {now[n]})" for n in fixed if before.get(n, now[n]) != now[n]]
    if changed:
        raise UsageError(
            f"--resume_from: {', '.join(changed)} may not change where a training goes on; give "
            "the checkpoint's value, or train from the start"
        )
    return path


def _kept(arguments: Arguments) -> dict[str, str]:
    return {name: format_value(value) for name, value in arguments.hyperparameters.items()}


def _finite(progress: Progress) -> dict[str, float]:
    return {name: value for name, value in progress.best.items() if np.isfinite(value)}


def _take(targets: Targets, rows: Rows) -> Targets:
    return Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )
