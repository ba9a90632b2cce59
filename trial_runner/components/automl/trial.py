"""Run one trial of AutoML: a search in each fold, scored on subjects it has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder
from trial_runner.components.automl.figure import FoldResult, folds_svg
from trial_runner.components.automl.final_model import keep
from trial_runner.components.automl.search import Budget, Found, search
from trial_runner.components.automl.tables import Tables, read_tables
from trial_runner.data.files import Part
from trial_runner.data.splits import Fold, split_folds
from trial_runner.data.windows import Targets
from trial_runner.reporting import artefacts_folder, note, report
from trial_runner.scoring.cross_validation import Scores, run_folds
from trial_runner.scoring.metrics import classification_scores
from trial_runner.scoring.prediction_file import write_predictions
from trial_runner.seeding import trial_seed


def run(arguments: Arguments) -> None:
    """Search and score; print one line a fold and a last one with all metrics."""
    is_test = arguments.options["split"] == "test"
    parts: tuple[Part, ...] = ("development", "test") if is_test else ("development",)
    tables = read_tables(
        arguments.options["data"], arguments.options["data_root"], parts,
        arguments.text("features"), cache_folder(arguments.options["cache"]),
    )  # fmt: skip
    note(_describe(tables.targets))
    if is_test:
        _test(arguments, tables)
    else:
        _validate(arguments, tables)


def _validate(arguments: Arguments, tables: Tables) -> None:
    folds = split_folds(tables.targets, arguments.whole("folds"), arguments.whole("seed"))
    found: list[Found] = []
    drawn: list[FoldResult] = []
    seconds = arguments.number("time_budget_seconds") / len(folds)

    def predict(fold: Fold) -> NDArray[np.float64]:
        features = tables.features(fold.training)
        found.append(_search(arguments, tables.targets, fold.training, features, seconds, 0))
        said = found[-1].probabilities(features[fold.validation], len(tables.targets.classes))
        outer = score(fold.validation, said).get("auroc")
        if outer is not None:
            drawn.append(FoldResult(found[-1].estimator, found[-1].auroc, outer))
        return said

    def score(rows: NDArray[np.int64], said: NDArray[np.float64]) -> Scores:
        return classification_scores(tables.targets.labels[rows], said)

    _, _, scores = run_folds(folds, predict, score, report, spread_of=("auroc",), is_pooled=False)
    _tell(found)
    if drawn:
        text = folds_svg(drawn, Path(arguments.options["data"]).name)
        (artefacts_folder() / "automl.svg").write_text(text, encoding="utf-8")
    report(scores | {"inner_auroc": float(np.mean([one.auroc for one in found]))})


def _test(arguments: Arguments, tables: Tables) -> None:
    """Search on all development rows, with several seeds; score the test rows once each."""
    rows = np.arange(len(tables.targets.labels))
    training, test = rows[: tables.development], rows[tables.development :]
    features = tables.features(training)
    found = [
        _search(
            arguments, tables.targets, training, features,
            arguments.number("time_budget_seconds"), repetition,
        )
        for repetition in range(arguments.whole("seeds"))
    ]  # fmt: skip
    classes = len(tables.targets.classes)
    said = np.stack([one.probabilities(features[test], classes) for one in found])
    targets = _take(tables.targets, test)
    write_predictions(artefacts_folder() / "predictions.npz", targets, said)
    _tell(found)
    single = [classification_scores(targets.labels, one) for one in said]
    scores = {f"test_{name}": float(np.mean([one[name] for one in single])) for name in single[0]}
    keep(arguments, tables, found[0], test)
    scores["test_auroc_std"] = float(np.std([one["auroc"] for one in single]))
    report(scores | {"inner_auroc": float(np.mean([one.auroc for one in found]))})


def _search(
    arguments: Arguments,
    targets: Targets,
    rows: NDArray[np.int64],
    features: NDArray[np.float32],
    seconds: float,
    repetition: int,
) -> Found:
    part = _take(targets, rows)
    seed = arguments.whole("seed")
    inner = split_folds(part, arguments.whole("inner_folds"), seed + 1)
    budget = Budget(arguments.text("estimators"), seconds, arguments.number("run_seconds"))
    own_seed = trial_seed(seed, arguments.hyperparameters, "time_budget_seconds", repetition)
    return search(features[rows], part.labels, inner, budget, own_seed)


def _take(targets: Targets, rows: NDArray[np.int64]) -> Targets:
    return Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )


def _tell(found: list[Found]) -> None:
    """Say which classifiers were chosen and write them down."""
    chosen: list[dict[str, Any]] = [
        {"estimator": one.estimator, "parameters": one.parameters, "inner_auroc": one.auroc}
        for one in found
    ]
    path = artefacts_folder() / "automl.json"
    path.write_text(json.dumps(chosen, indent=2) + "\n", encoding="utf-8")
    names = ", ".join(one.estimator for one in found)
    note(f"chosen: {names}; their parameters are in {path}")


def _describe(targets: Targets) -> str:
    counts = np.bincount(targets.labels, minlength=len(targets.classes))
    classes = ", ".join(f"{n} {c}" for n, c in zip(targets.classes, counts, strict=True))
    return f"data: {len(targets.labels)} windows of {targets.subject_count} subjects: {classes}"
