"""Cross-validation fold by fold: what is told after each, and what remains of all.

After each fold a line says how the folds so far did together, so that a trial whose first folds
are bad can be stopped. The last line has all folds together and the spread over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.splits import Fold, split_folds
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError

Scores = dict[str, float]


class NestedFold(NamedTuple):
    """An outer fold, and the inner folds of its training rows.

    Attributes:
        outer: Rows of all data; its validation rows are touched once, after tuning.
        inner: Folds of the outer training rows, as rows of all data.
    """

    outer: Fold
    inner: tuple[Fold, ...]


def grouped_folds(targets: Targets, folds: int, seed: int) -> tuple[Fold, ...]:
    """Split by subject, stratified where every class occurs in enough subjects.

    Raises:
        UsageError: There are fewer groups than folds.
    """
    try:
        return split_folds(targets, folds, seed)
    except DataError:
        # A class that few people show cannot be in every fold; the grouping must hold anyway.
        alike = Targets(
            np.zeros_like(targets.labels), targets.subjects, targets.blocks, targets.classes[:1]
        )
        return split_folds(alike, folds, seed)


def nested_folds(targets: Targets, outer: int, inner: int, seed: int) -> tuple[NestedFold, ...]:
    """Split by subject twice: outer folds, and in the training rows of each, inner ones.

    Raises:
        UsageError: There are fewer groups than folds.
    """
    nested = []
    for fold in grouped_folds(targets, outer, seed):
        rows = fold.training
        part = Targets(
            targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
        )
        inside = grouped_folds(part, inner, seed + 1)
        nested.append(
            NestedFold(
                fold, tuple(Fold(rows[one.training], rows[one.validation]) for one in inside)
            )
        )
    return tuple(nested)


def run_folds(
    folds: Iterable[Fold],
    predict: Callable[[Fold], NDArray[np.float64]],
    score: Callable[[NDArray[np.int64], NDArray[np.float64]], Scores],
    on_fold: Callable[[Mapping[str, float]], None],
    prefix: str = "val_",
    spread_of: Sequence[str] = (),
    is_pooled: bool = True,
) -> tuple[NDArray[np.float64], NDArray[np.int64], Scores]:
    """Predict and score fold by fold.

    Args:
        folds: Rows of each.
        predict: Returns the prediction of a fold's validation rows, (rows, …).
        score: From rows and their predictions to scores.
        on_fold: Told `fold` and the scores of all folds so far.
        prefix: Of the names of scores.
        is_pooled: Whether scores are of all rows together, as κ is reported, or means over folds,
            as scores of order (AUROC) must be: models of two folds share no scale.
        spread_of: Scores whose spread over the folds is wanted; all where empty.

    Returns:
        The predictions of all validation rows, those rows, and the scores: of all folds,
        and `_mean`, `_std`, `_min`, `_max` of the folds' own where every fold has them.
    """
    predictions: list[NDArray[np.float64]] = []
    rows: list[NDArray[np.int64]] = []
    single: list[Scores] = []
    pooled: Scores = {}
    for number, fold in enumerate(folds, start=1):
        predictions.append(predict(fold))
        rows.append(fold.validation)
        single.append(score(rows[-1], predictions[-1]))
        pooled = (
            score(np.concatenate(rows), np.concatenate(predictions))
            if is_pooled
            else _means(single)
        )
        on_fold({"fold": number, **{f"{prefix}{name}": value for name, value in pooled.items()}})
    named = {f"{prefix}{name}": value for name, value in pooled.items()}
    chosen = [{k: v for k, v in one.items() if not spread_of or k in spread_of} for one in single]
    spread = fold_spread(chosen)
    return (
        np.concatenate(predictions),
        np.concatenate(rows),
        named | {f"{prefix}{name}": value for name, value in spread.items()},
    )


def _means(scores: Sequence[Mapping[str, float]]) -> Scores:
    common = [name for name in scores[0] if all(name in one for one in scores)]
    return {name: float(np.mean([one[name] for one in scores])) for name in common}


def fold_spread(scores: Sequence[Mapping[str, float]]) -> Scores:
    """Return mean, standard deviation, least and most of each score that every fold has."""
    common = [name for name in scores[0] if all(name in one for one in scores)]
    spread: Scores = {}
    for name in common:
        values = np.array([one[name] for one in scores])
        if np.isfinite(values).all():
            spread |= {
                f"{name}_mean": float(values.mean()),
                f"{name}_std": float(values.std()),
                f"{name}_min": float(values.min()),
                f"{name}_max": float(values.max()),
            }
    return spread
