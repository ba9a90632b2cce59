from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from trial_runner.data.splits import split_folds
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, UsageError


def _targets(
    labels: np.ndarray, subjects: np.ndarray, blocks: np.ndarray | None = None
) -> Targets:
    names = subjects.astype(np.str_)
    own = np.arange(len(labels)).astype(np.str_) if blocks is None else blocks.astype(np.str_)
    return Targets(labels.astype(np.int64), names, own, ("a", "b"))


@settings(max_examples=60, deadline=None)
@given(
    subjects=st.integers(4, 12),
    folds=st.integers(2, 4),
    seed=st.integers(0, 2**32),
    sizes=st.integers(2, 9),
)
def test_a_subject_is_never_on_both_sides_and_every_row_is_validated_once(
    subjects: int, folds: int, seed: int, sizes: int
) -> None:
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(subjects), rng.integers(2, 2 + sizes, subjects))
    labels = np.zeros(len(subject), np.int64)
    for one in range(subjects):  # both classes in every subject
        rows = np.flatnonzero(subject == one)
        labels[rows[: max(1, len(rows) // 2)]] = 1
    result = split_folds(_targets(labels, subject), folds, seed)
    for fold in result:
        assert not set(subject[fold.training]) & set(subject[fold.validation])
        assert len(fold.training) + len(fold.validation) == len(labels)
    validated = np.concatenate([fold.validation for fold in result])
    assert sorted(validated.tolist()) == list(range(len(labels)))


def test_trials_of_one_subject_are_stratified() -> None:
    labels = np.repeat([0, 1], [135, 133])  # sorted by class, as the file is
    result = split_folds(_targets(labels, np.full(268, "s")), 5, 0)
    counts = [np.bincount(labels[fold.validation]).tolist() for fold in result]
    assert counts == [[27, 27]] * 3 + [[27, 26]] * 2


def test_blocks_of_one_subject_stay_together() -> None:
    blocks = np.repeat(np.arange(20), 6)
    labels = np.repeat(np.arange(20) % 2, 6)
    for fold in split_folds(_targets(labels, np.full(120, "s"), blocks), 4, 0):
        assert not set(blocks[fold.training]) & set(blocks[fold.validation])


def test_classes_are_as_even_as_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    subject = np.repeat(np.arange(30), rng.integers(5, 40, 30))
    labels = (rng.random(len(subject)) < rng.random(30)[subject]).astype(int)

    def unevenness(validations: list[np.ndarray]) -> float:
        return float(np.std([labels[rows].mean() for rows in validations]))

    ours = [fold.validation for fold in split_folds(_targets(labels, subject), 5, 0)]
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    theirs = [rows for _, rows in splitter.split(labels, labels, subject)]
    assert unevenness(ours) <= unevenness(theirs) + 0.02
    assert max(map(len, ours)) < 1.5 * min(map(len, ours))


def test_the_seed_decides() -> None:
    labels = np.tile([0, 1], 50)

    def first(seed: int) -> list[int]:
        return split_folds(_targets(labels, np.full(100, "s")), 5, seed)[0].validation.tolist()

    assert first(0) == first(0) != first(1)


def test_fewer_subjects_than_folds() -> None:
    targets = _targets(np.tile([0, 1], 6), np.repeat(["a", "b", "c"], 4))
    with pytest.raises(
        UsageError, match="--folds is 5, but there are 3 subjects; use fewer folds"
    ):
        split_folds(targets, 5, 0)


def test_a_fold_without_a_class() -> None:
    labels = np.array([0, 0, 0, 0, 0, 1])
    subjects = np.array(["a", "b", "c", "d", "e", "f"])
    with pytest.raises(DataError, match="has nothing of class b for"):
        split_folds(_targets(labels, subjects), 3, 0)
