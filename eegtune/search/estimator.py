"""Optuna's TPE sampler without what it does again for every parameter.

For each parameter of each suggestion Optuna divides all trials into good and other ones, and
turns their values into numbers. Here the trials are divided once a suggestion and each value is
read once; the estimators, the random numbers and so the suggestions are Optuna's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe.sampler import _split_trials, default_gamma, default_gamma_multiobjective
from optuna.trial import FrozenTrial, TrialState

_COUNTED = (TrialState.COMPLETE, TrialState.RUNNING)


class Columns:
    """The trials' values as numbers, one column a parameter; not a number where inactive."""

    def __init__(self, distributions: Mapping[str, BaseDistribution]) -> None:
        """Start with no trial read."""
        self._distributions = dict(distributions)
        self._rows: list[list[float]] = []
        self._matrix: NDArray[np.float64] = np.empty((0, len(self._distributions)))

    def values(self, trials: list[FrozenTrial], names: list[str], study: Study) -> Any:
        """Return an array by name, of the trials in which all these parameters are active."""
        numbers = [trial.number for trial in trials]
        self._read(study, 1 + max(numbers, default=-1))
        order = list(self._distributions)
        columns = [order.index(name) for name in names]
        part = self._matrix[np.ix_(numbers, columns)]
        part = part[~np.isnan(part).any(axis=1)]
        return {name: part[:, place] for place, name in enumerate(names)}

    def _read(self, study: Study, count: int) -> None:
        """Read so many trials; the last one of a study may still lack values."""
        if count > len(self._rows):
            known = study.get_trials(deepcopy=False)
            self._rows += [self._row(trial) for trial in known[len(self._rows) : count]]
            self._matrix = np.array(self._rows, dtype=float)

    def _row(self, trial: FrozenTrial) -> list[float]:
        params = trial.params
        return [
            distribution.to_internal_repr(params[name]) if name in params else np.nan
            for name, distribution in self._distributions.items()
        ]


class ListSampler(TPESampler):
    """The sampler over one study whose trials do not change but for new running ones."""

    def __init__(self, columns: Columns, **options: Any) -> None:
        """Take the columns that are shared with other samplers of the same study."""
        super().__init__(**options)
        self._columns = columns
        self._halves: tuple[int, tuple[list[FrozenTrial], list[FrozenTrial]]] | None = None

    def _sample(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        good, others = self._divide(study, trial)
        below = self._build_parzen_estimator(study, search_space, good, handle_below=True)
        above = self._build_parzen_estimator(study, search_space, others, handle_below=False)
        candidates = below.sample(self._rng.rng, self._n_ei_candidates)
        preferences = self._compute_acquisition_func(candidates, below, above)
        chosen: dict[str, Any] = TPESampler._compare(candidates, preferences)
        return {name: d.to_external_repr(chosen[name]) for name, d in search_space.items()}

    def _divide(
        self, study: Study, trial: FrozenTrial
    ) -> tuple[list[FrozenTrial], list[FrozenTrial]]:
        """Divide the trials, once for all parameters of a suggestion."""
        if self._halves is None or self._halves[0] != trial.number:
            known = study.get_trials(deepcopy=False, states=_COUNTED)
            counted = [other for other in known if other.number != trial.number]
            completed = sum(other.state is TrialState.COMPLETE for other in counted)
            is_single = len(study.directions) == 1
            gamma = self._gamma or (default_gamma if is_single else default_gamma_multiobjective)
            self._halves = (trial.number, _split_trials(study, counted, gamma(completed)))
        return self._halves[1]

    def _get_internal_repr(
        self, trials: list[FrozenTrial], search_space: dict[str, BaseDistribution], study: Study
    ) -> dict[str, NDArray[np.float64]]:
        found: dict[str, NDArray[np.float64]] = self._columns.values(
            trials, list(search_space), study
        )
        return found
