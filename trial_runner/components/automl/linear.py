"""FLAML's L1 logistic regression, on standardised features.

FLAML gives it features as they are. A penalty on the size of coefficients then depends on the
features' units: in volts all coefficients become zero. Means and deviations are those of the
training rows of each fit.
"""

from __future__ import annotations

from typing import Any

from flaml.automl.model import LRL1Classifier
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


class StandardizedLogisticRegression(LogisticRegression):  # type: ignore[misc]
    """Logistic regression that standardises what it is given."""

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> StandardizedLogisticRegression:
        """Train on features (n, features) and labels (n,)."""
        self.scaler_ = StandardScaler().fit(X)
        super().fit(self.scaler_.transform(X), y, sample_weight)
        return self

    def decision_function(self, X: ArrayLike) -> Any:
        """Return what predictions and probabilities are made of."""
        return super().decision_function(self.scaler_.transform(X))


class StandardizedL1(LRL1Classifier):
    """FLAML's learner `lrl1` with that regression."""

    def __init__(self, task: str = "binary", **config: Any) -> None:
        super().__init__(task, **config)  # type: ignore[no-untyped-call]
        self.estimator_class = StandardizedLogisticRegression
