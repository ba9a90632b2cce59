"""Folds that keep a subject on one side: the only way to split.

Where there is one subject, its sessions, stretches of recording, or single trials are kept
together instead, as the data know them. Groups are dealt out greedily, the most uneven first, so
that classes are balanced (the idea of scikit-learn's StratifiedGroupKFold).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, UsageError


class Fold(NamedTuple):
    """Rows to train on and rows to validate on."""

    training: NDArray[np.int64]
    validation: NDArray[np.int64]


def split_folds(targets: Targets, folds: int, seed: int) -> tuple[Fold, ...]:
    """Split into stratified folds by subject, or by blocks of the one subject.

    Args:
        targets: n labels with their subjects.
        folds: Number of folds, at least 2.
        seed: Decides ties; the same for all trials that are to be compared.

    Raises:
        UsageError: There are fewer groups than folds.
        DataError: A fold would lack a class.
    """
    names, group = np.unique(targets.groups, return_inverse=True)
    if len(names) < folds:
        kind = "subjects" if targets.subject_count > 1 else "blocks of one subject"
        raise UsageError(f"--folds is {folds}, but there are {len(names)} {kind}; use fewer folds")
    counts = np.zeros((len(names), len(targets.classes)), np.int64)
    np.add.at(counts, (group, targets.labels), 1)
    fold_of_row = _deal(counts, folds, np.random.default_rng(seed))[group]
    result = tuple(
        Fold(np.flatnonzero(fold_of_row != index), np.flatnonzero(fold_of_row == index))
        for index in range(folds)
    )
    _check_classes(result, targets)
    return result


def _deal(counts: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fold of each group, given how many rows (groups, classes) each has."""
    share = counts / np.maximum(counts.sum(axis=0), 1)
    shuffled = rng.permutation(len(counts))
    order = shuffled[np.argsort(-share[shuffled].std(axis=1), kind="stable")]
    filled = np.zeros((folds, counts.shape[1]))
    rows = np.zeros(folds)
    fold_of_group = np.empty(len(counts), np.int64)
    for group in order:
        # Least overlap with what a fold has is least sum of squares: evenly spread classes.
        overlap = (filled @ share[group]).round(12)
        chosen = np.lexsort((rows, overlap))[0]
        filled[chosen] += share[group]
        rows[chosen] += counts[group].sum()
        fold_of_group[group] = chosen
    return fold_of_group


def missing_classes(
    folds: Sequence[Fold], targets: Targets
) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield number (from 1), side and names of missing classes, of each fold that lacks some."""
    for number, fold in enumerate(folds, start=1):
        for rows, side in ((fold.training, "training"), (fold.validation, "validation")):
            missing = np.setdiff1d(targets.labels, targets.labels[rows])
            if len(missing):
                yield number, side, tuple(targets.classes[one] for one in missing)


def _check_classes(folds: tuple[Fold, ...], targets: Targets) -> None:
    for number, side, names in missing_classes(folds, targets):
        raise DataError(
            f"fold {number} of {len(folds)} has nothing of class {names[0]} for {side}; "
            "use fewer --folds"
        )
