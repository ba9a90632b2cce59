"""FLAML's search for a classifier (Wang et al. 2021, MLSys), folds grouped by subject."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.splits import Fold
from trial_runner.errors import TrialError

_ALL = ["lgbm", "xgboost", "rf", "extra_tree", "lrl1"]


class Budget(NamedTuple):
    """What a search may take.

    Attributes:
        estimators: One kind, or `all`.
        total_seconds: For the search.
        run_seconds: For one training.
    """

    estimators: str
    total_seconds: float
    run_seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found.

    Attributes:
        estimator: Kind of the classifier.
        parameters: Its parameters.
        auroc: On the inner folds.
        model: Predicts.
    """

    estimator: str
    parameters: dict[str, Any]
    auroc: float
    model: Any

    def probabilities(self, features: NDArray[np.float32], classes: int) -> NDArray[np.float64]:
        """Return class probabilities (rows, classes); 0 for classes that were not trained."""
        result = np.zeros((len(features), classes))
        result[:, np.asarray(self.model.classes_, np.int64)] = self.model.predict_proba(features)
        return result


class _Folds:
    """Our folds as scikit-learn's splitters look, so that FLAML cannot split otherwise."""

    def __init__(self, folds: tuple[Fold, ...]) -> None:
        self._folds = folds

    def split(self, *data: Any, **more: Any) -> Iterator[tuple[Any, Any]]:
        """Yield training and validation rows."""
        yield from ((fold.training, fold.validation) for fold in self._folds)

    def get_n_splits(self, *data: Any, **more: Any) -> int:
        """Return how many folds there are."""
        return len(self._folds)


def search(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    folds: tuple[Fold, ...],
    budget: Budget,
    seed: int,
) -> Found:
    """Search classifiers on folds, then train the best on all rows.

    Args:
        features: (n, features).
        labels: (n,) class indices.
        folds: Of these rows.
        budget: What it may take.
        seed: Decides draws; within a time budget the result still depends on the machine's speed.

    Raises:
        TrialError: No training ended within the budget.
    """
    logging.getLogger("flaml").setLevel(logging.ERROR)  # its lines would look like metrics
    automl: Any = import_module("flaml").AutoML()
    automl.add_learner("lrl1", import_module(f"{__package__}.linear").StandardizedL1)
    with warnings.catch_warnings():
        # Logistic regression says each time that a short run has not converged.
        warnings.filterwarnings("ignore", message="The max_iter was reached")
        automl.fit(
            features,
            labels,
            task="classification",
            metric="roc_auc" if len(np.unique(labels)) == 2 else "roc_auc_ovr",
            time_budget=budget.total_seconds,
            train_time_limit=budget.run_seconds,
            estimator_list=_ALL if budget.estimators == "all" else [budget.estimators],
            eval_method="cv",
            split_type=_Folds(folds),
            n_splits=len(folds),
            seed=seed % 2**31,
            n_jobs=1,
            verbose=0,
            log_file_name="",
            early_stop=False,
        )
    if automl.best_estimator is None or automl.model is None:
        raise TrialError(
            f"no classifier was trained within --time_budget_seconds={budget.total_seconds:g}; "
            "give more"
        )
    return Found(
        str(automl.best_estimator),
        {name: _plain(value) for name, value in automl.best_config.items()},
        1.0 - float(automl.best_loss),
        automl,
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
