"""Run one trial of sleep staging: features, trees, smoothing, scores, hypnogram figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder, cached, code_version, content_key
from trial_runner.components.sleep import classifiers
from trial_runner.components.sleep.classifiers import fit_predict
from trial_runner.components.sleep.figure import hypnogram_svg
from trial_runner.components.sleep.final_model import keep
from trial_runner.components.sleep.postprocess import learn, postprocess
from trial_runner.components.sleep.settings import (
    feature_settings,
    smoothing_settings,
    tree_hyperparameters,
    tree_settings,
)
from trial_runner.components.sleep.sources import (
    FeatureNights,
    NightSource,
    find_nights,
    joined,
    subjects,
)
from trial_runner.components.sleep.table import FeatureSettings, StageTable, stage_table
from trial_runner.components.sleep.yasa_stager import yasa_night
from trial_runner.data.splits import Fold
from trial_runner.data.windows import Targets
from trial_runner.errors import UsageError
from trial_runner.reporting import artefacts_folder, note, report
from trial_runner.scoring.cross_validation import Scores, grouped_folds, run_folds
from trial_runner.scoring.prediction_file import write_predictions
from trial_runner.scoring.staging import staging_scores
from trial_runner.seeding import trial_seed
from trial_runner.simulation.nights import STAGES

Predict = Callable[[Fold], NDArray[np.float64]]


def run(arguments: Arguments) -> None:
    """Stage one part's nights; print one line a fold and a last one with all metrics."""
    smoothing_settings(arguments)  # wrong arguments end here, before anything is read
    settings, cache = feature_settings(arguments), cache_folder(arguments.options["cache"])
    nights = find_nights(_place(arguments), "development", cache)
    table = stage_table(nights, settings, cache)
    note(_describe(table.targets))
    if arguments.options["split"] == "validation":
        _validate(arguments, nights, table, settings, cache)
    else:
        _test(arguments, nights, settings, cache)


def _validate(
    arguments: Arguments,
    nights: Sequence[NightSource] | FeatureNights,
    table: StageTable,
    settings: FeatureSettings,
    cache: Path | None,
) -> None:
    targets = table.targets
    folds = grouped_folds(targets, arguments.whole("folds"), arguments.whole("seed"))
    score = _scorer(targets)
    staged, rows, scores = run_folds(
        folds,
        predictor(arguments, table, _seed(arguments, 0), cache),
        score,
        report,
        spread_of=("kappa", "accuracy", "f1_macro"),
    )
    if arguments.options["baseline"] == "yasa":
        scores |= _yasa_scores(nights, settings, targets, "val_", cache)
    _draw(targets, staged, rows)
    report(scores)


def predictor(arguments: Arguments, table: StageTable, seed: int, cache: Path | None) -> Predict:
    """Return what trains on a fold's training rows and stages its validation rows.

    Probabilities of the trees are cached: trials that differ in the smoothing share them.
    """
    trees, smoothing, targets = (
        tree_settings(arguments),
        smoothing_settings(arguments),
        table.targets,
    )

    def predict(fold: Fold) -> NDArray[np.float64]:
        key = content_key(
            table.key, trees, seed, fold.training.tolist(), fold.validation.tolist(),
            code_version(classifiers),
        )  # fmt: skip
        found = cached(
            cache,
            "sleep-probabilities",
            key,
            lambda: {
                "probability": fit_predict(
                    trees,
                    table.features[fold.training],
                    targets.labels[fold.training],
                    table.features[fold.validation],
                    len(STAGES),
                    seed,
                )
            },
        )
        return postprocess(
            found["probability"].astype(np.float64),
            targets.blocks[fold.validation],
            learn(targets, fold.training),
            smoothing,
        )

    return predict


def _test(
    arguments: Arguments,
    nights: Sequence[NightSource] | FeatureNights,
    settings: FeatureSettings,
    cache: Path | None,
) -> None:
    """Train on all development nights with several seeds, stage the test nights once each."""
    unseen = find_nights(_place(arguments), "test", cache)
    table = stage_table(joined(nights, unseen), settings, cache)
    is_test = np.isin(table.targets.subjects, subjects(unseen))
    fold = Fold(np.flatnonzero(~is_test), np.flatnonzero(is_test))
    staged = np.stack(
        [
            predictor(arguments, table, _seed(arguments, repetition), cache)(fold)
            for repetition in range(arguments.whole("seeds"))
        ]
    )
    targets = _take(table.targets, fold.validation)
    score = _scorer(targets)
    single = [score(np.arange(len(one)), one) for one in staged]
    scores = {f"test_{name}": float(np.mean([one[name] for one in single])) for name in single[0]
              if all(name in one for one in single)}  # fmt: skip
    scores["test_kappa_std"] = float(np.std([one["kappa"] for one in single]))
    if arguments.options["baseline"] == "yasa":
        scores |= _yasa_scores(unseen, settings, targets, "test_", cache)
    write_predictions(artefacts_folder() / "predictions.npz", targets, staged)
    _draw(targets, staged[0], np.arange(len(staged[0])))
    keep(arguments, table, fold.training, joined(nights, unseen), _seed(arguments, 0), cache)
    report(scores)


def _place(arguments: Arguments) -> str:
    """Return where the nights lie: of a data set with a name, its folder is known apart."""
    return arguments.options["data_root"] or arguments.options["data"]


def _take(targets: Targets, rows: NDArray[np.int64]) -> Targets:
    return Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )


def _scorer(targets: Targets) -> Callable[[NDArray[np.int64], NDArray[np.float64]], Scores]:
    def score(rows: NDArray[np.int64], staged: NDArray[np.float64]) -> Scores:
        return staging_scores(targets.labels[rows], staged.argmax(axis=1), STAGES)

    return score


def _yasa_scores(
    nights: Sequence[NightSource] | FeatureNights,
    settings: FeatureSettings,
    targets: Targets,
    prefix: str,
    cache: Path | None,
) -> Scores:
    if isinstance(nights, FeatureNights):
        raise UsageError("--baseline=yasa needs raw nights; --data is a table of features")
    staged = [yasa_night(night, settings.channels, cache) for night in nights]
    predicted = np.concatenate(
        [
            one["probability"][one["hypnogram"].astype(np.int64) >= 0].argmax(axis=1)
            for one in staged
        ]
    )
    scores = staging_scores(targets.labels, predicted, STAGES)
    return {f"{prefix}yasa_{name}": scores[name] for name in ("kappa", "accuracy", "f1_macro")}


def _draw(targets: Targets, staged: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
    """Draw the first night: what the scorer and the trial say, and how sure it is."""
    night = targets.blocks[rows][0]
    here = targets.blocks[rows] == night
    text = hypnogram_svg(targets.labels[rows][here], staged[here], STAGES, f"night {night}")
    (artefacts_folder() / "hypnogram.svg").write_text(text, encoding="utf-8")


def _seed(arguments: Arguments, repetition: int) -> int:
    seed = arguments.whole("seed")
    return trial_seed(seed, tree_hyperparameters(arguments), None, repetition)


def _describe(targets: Targets) -> str:
    counts = np.bincount(targets.labels, minlength=len(STAGES))
    stages = ", ".join(f"{name} {count}" for name, count in zip(STAGES, counts, strict=True))
    return (
        f"data: {len(targets.labels)} epochs of {targets.subject_count} subjects, scored in "
        f"{len(np.unique(targets.blocks))} nights: {stages}"
    )
