"""Optuna's TPE sampler without what it does again for every parameter.

For each parameter of each suggestion Optuna divides all trials into good and other ones, and
turns their values into numbers. Here the trials are divided once a suggestion and each value is
read once; the estimators, the random numbers and so the suggestions are Optuna's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe.sampler import _split_trials, default_gamma, default_gamma_multiobjective
from optuna.trial import FrozenTrial, TrialState

_COUNTED = (TrialState.COMPLETE, TrialState.RUNNING)
Halves = tuple[list[FrozenTrial], list[FrozenTrial]]
Matrix = NDArray[np.float64]


class Columns:
    """What the samplers of one study share: the trials' values as numbers, and their halves.

    A study only grows, by running trials; so each value is read once, and the trials are divided
    into good and other ones once, the running ones that come later being others.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution]) -> None:
        """Start with no trial read."""
        self._distributions = dict(distributions)
        self.places = {name: place for place, name in enumerate(distributions)}
        self._rows: list[list[float]] = []
        self._matrix: Matrix = np.empty((0, len(self._distributions)))
        self._halves: tuple[int, Halves] | None = None

    def rows(self, trials: list[FrozenTrial], study: Study) -> Matrix:
        """Return trials as rows of one number a parameter; not a number where inactive."""
        numbers = [trial.number for trial in trials]
        self._read(study, 1 + max(numbers, default=-1))
        rows: Matrix = self._matrix[numbers]
        return rows

    def divide(self, study: Study, number: int, count_good: Callable[[int], int]) -> Halves:
        """Return good and other trials, but for the one that is being asked for."""
        if self._halves is None:
            known = study.get_trials(deepcopy=False, states=_COUNTED)
            counted = [trial for trial in known if trial.number < number]
            completed = sum(trial.state is TrialState.COMPLETE for trial in counted)
            self._halves = (number, _split_trials(study, counted, count_good(completed)))
        known_until, (good, others) = self._halves
        if number > known_until:
            later = study.get_trials(deepcopy=False)[known_until:number]
            others = [*others, *later]
            self._halves = (number, (good, others))
        return good, others

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
        """Take what it shares with other samplers of the same study; models from the start."""
        super().__init__(**{**options, "n_startup_trials": 0})
        self._columns = columns
        self._halves: tuple[int, Halves] | None = None
        self._read: list[tuple[list[FrozenTrial], Matrix]] = []

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a value of one parameter."""
        return self._sample(study, trial, {param_name: param_distribution})[param_name]

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

    def _divide(self, study: Study, trial: FrozenTrial) -> Halves:
        """Divide the trials, once for all parameters of a suggestion."""
        if self._halves is None or self._halves[0] != trial.number:
            is_single = len(study.directions) == 1
            gamma = self._gamma or (default_gamma if is_single else default_gamma_multiobjective)
            halves = self._columns.divide(study, trial.number, gamma)
            self._halves = (trial.number, halves)
            self._read = [(half, self._columns.rows(half, study)) for half in halves]
        return self._halves[1]

    def _get_internal_repr(
        self, trials: list[FrozenTrial], search_space: dict[str, BaseDistribution], study: Study
    ) -> dict[str, Matrix]:
        """Return an array by name, of the trials in which all these parameters are active."""
        (rows,) = (read for half, read in self._read if half is trials)
        part = rows[:, [self._columns.places[name] for name in search_space]]
        part = part[~np.isnan(part).any(axis=1)]
        return {name: part[:, place] for place, name in enumerate(search_space)}
