"""The three kinds of trees, with one set of parameters."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["lgb", "rf", "xgb"]


class TreeSettings(NamedTuple):
    """Parameters of trees, by xgboost's names; a random forest has no rate and no penalties."""

    kind: str
    n_estimators: int
    max_depth: int
    learning_rate: float
    min_child_weight: float
    gamma: float
    subsample: float
    colsample_bytree: float
    reg_alpha: float
    reg_lambda: float


def fit_predict(
    settings: TreeSettings,
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    unseen: NDArray[np.float32],
    class_count: int,
    seed: int,
) -> NDArray[np.float64]:
    """Train on labelled rows and return the class probabilities (unseen rows, classes)."""
    return fit(settings, features, labels, seed).probabilities(unseen, class_count)


class Trees(NamedTuple):
    """Trained trees.

    Attributes:
        model: Predicts; None where only one class was trained.
        present: The classes that had training rows.
    """

    model: Any
    present: NDArray[np.int64]

    def probabilities(self, rows: NDArray[np.float32], class_count: int) -> NDArray[np.float64]:
        """Return class probabilities (rows, classes); 0 for a class without training rows."""
        found = np.zeros((len(rows), class_count))
        found[:, self.present] = 1.0 if self.model is None else self.model.predict_proba(rows)
        return found


def fit(
    settings: TreeSettings, features: NDArray[np.float32], labels: NDArray[np.int64], seed: int
) -> Trees:
    """Train on labelled rows."""
    present, dense = np.unique(labels, return_inverse=True)
    if len(present) == 1:
        return Trees(None, present)
    model = _make(settings, seed % 2**31, len(present))
    model.fit(features, dense)
    return Trees(model, present)


def _make(settings: TreeSettings, seed: int, classes: int) -> Any:
    return {"lgb": _lightgbm, "rf": _random_forest, "xgb": _xgboost}[settings.kind](
        settings, seed, classes
    )


def _lightgbm(settings: TreeSettings, seed: int, classes: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=settings.n_estimators,
        max_depth=settings.max_depth,
        num_leaves=min(2**settings.max_depth, 63),
        learning_rate=settings.learning_rate,
        min_child_weight=settings.min_child_weight,
        min_split_gain=settings.gamma,
        subsample=settings.subsample,
        subsample_freq=1,
        colsample_bytree=settings.colsample_bytree,
        reg_alpha=settings.reg_alpha,
        reg_lambda=settings.reg_lambda,
        max_bin=63,
        n_jobs=1,
        random_state=seed,
        deterministic=True,
        force_col_wise=True,
        verbose=-1,
    )


def _xgboost(settings: TreeSettings, seed: int, classes: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=settings.n_estimators,
        max_depth=settings.max_depth,
        learning_rate=settings.learning_rate,
        min_child_weight=settings.min_child_weight,
        gamma=settings.gamma,
        subsample=settings.subsample,
        colsample_bytree=settings.colsample_bytree,
        reg_alpha=settings.reg_alpha,
        reg_lambda=settings.reg_lambda,
        tree_method="hist",
        max_bin=64,
        objective="multi:softprob" if classes > 2 else "binary:logistic",
        n_jobs=1,
        random_state=seed,
        verbosity=0,
    )


def _random_forest(settings: TreeSettings, seed: int, classes: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=settings.n_estimators,
        max_depth=settings.max_depth,
        min_samples_leaf=max(1, round(settings.min_child_weight)),
        max_features=settings.colsample_bytree,
        max_samples=settings.subsample if settings.subsample < 1 else None,
        n_jobs=1,
        random_state=seed,
    )
