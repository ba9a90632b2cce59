from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial_runner.data.windows import Targets
from trial_runner.errors import UsageError
from trial_runner.scoring.cross_validation import (
    fold_spread,
    grouped_folds,
    nested_folds,
    run_folds,
)


def _targets(subjects: int, rows: int = 6, rare: bool = False) -> Targets:
    names = np.repeat([f"S{index}" for index in range(subjects)], rows)
    labels = np.tile(np.arange(rows) % 2, subjects)
    if rare:
        labels = np.where(names == "S0", labels, 0)
    return Targets(labels.astype(np.int64), names, names, ("a", "b"))


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 15), st.integers(2, 4), st.integers(0, 1000), st.booleans())
def test_no_subject_is_on_both_sides(subjects: int, folds: int, seed: int, rare: bool) -> None:
    targets = _targets(subjects, rare=rare)
    found = grouped_folds(targets, folds, seed)
    seen = np.concatenate([fold.validation for fold in found])
    assert sorted(seen) == list(range(len(targets.labels)))
    for fold in found:
        assert not set(targets.subjects[fold.training]) & set(targets.subjects[fold.validation])


@settings(max_examples=20, deadline=None)
@given(st.integers(6, 15), st.integers(0, 1000))
def test_inner_folds_never_see_outer_subjects(subjects: int, seed: int) -> None:
    targets = _targets(subjects)
    for nest in nested_folds(targets, 3, 2, seed):
        outer = set(targets.subjects[nest.outer.validation])
        inner_rows = np.concatenate([fold.validation for fold in nest.inner])
        assert sorted(inner_rows) == sorted(nest.outer.training)
        for fold in nest.inner:
            names = set(targets.subjects[fold.training]), set(targets.subjects[fold.validation])
            assert not names[0] & names[1]
            assert not outer & (names[0] | names[1])


def test_fewer_subjects_than_folds_are_refused() -> None:
    with pytest.raises(UsageError, match="--folds is 4, but there are 3 subjects"):
        grouped_folds(_targets(3), 4, 0)


def test_lines_tell_of_all_folds_so_far() -> None:
    targets = _targets(4, rows=4)
    lines: list[dict[str, float]] = []
    predictions, rows, scores = run_folds(
        grouped_folds(targets, 2, 0),
        lambda fold: targets.labels[fold.validation].astype(float) * (fold.validation[0] > 3),
        lambda at, said: {"accuracy": float((targets.labels[at] == said).mean())},
        lambda line: lines.append(dict(line)),
    )
    assert [line["fold"] for line in lines] == [1, 2]
    assert len(predictions) == len(rows) == 16
    assert lines[-1]["val_accuracy"] == scores["val_accuracy"] == 0.75
    assert (scores["val_accuracy_min"], scores["val_accuracy_max"]) == (0.5, 1.0)
    assert scores["val_accuracy_mean"] == 0.75
    assert scores["val_accuracy_std"] == 0.25


def test_scores_of_order_are_means_over_folds() -> None:
    targets = _targets(4, rows=4)
    _, _, scores = run_folds(
        grouped_folds(targets, 2, 0),
        lambda fold: np.zeros(len(fold.validation)),
        lambda at, said: {"first": float(at[0])},
        lambda line: None,
        is_pooled=False,
    )
    assert scores["val_first"] == scores["val_first_mean"]
    assert scores["val_first_min"] < scores["val_first"] < scores["val_first_max"]


def test_spread_has_only_what_every_fold_has() -> None:
    spread = fold_spread([{"a": 1.0, "b": 2.0}, {"a": 3.0}])
    assert spread == {"a_mean": 2.0, "a_std": 1.0, "a_min": 1.0, "a_max": 3.0}
