"""An Optuna storage that holds trials without copying them, for studies that are only read.

Optuna's in-memory storage copies every trial on the way in and searches on the way out; a study
that is rebuilt at each call pays for that each time. This one keeps the list it is given, adds
the running trials that a sampler is asked for, and knows one study.
"""

from __future__ import annotations

import copy
from collections.abc import Container, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

_STUDY = 0


class TrialListStorage(BaseStorage):
    """One study over a list of trials; trial identifiers are positions in the list."""

    def __init__(
        self, name: str, directions: Sequence[StudyDirection], trials: list[FrozenTrial]
    ) -> None:
        """Keep the trials; they must be numbered by position."""
        self._name = name
        self._directions = list(directions)
        self._trials = trials
        self._user_attrs: dict[str, Any] = {}
        self._system_attrs: dict[str, Any] = {}

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        """Return the only study."""
        return _STUDY

    def delete_study(self, study_id: int) -> None:
        """Forget the trials."""
        self._trials = []

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set an attribute."""
        self._user_attrs[key] = value

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set an attribute of Optuna's own."""
        self._system_attrs[key] = value

    def get_study_id_from_name(self, study_name: str) -> int:
        """Return the only study."""
        return _STUDY

    def get_study_name_from_id(self, study_id: int) -> str:
        """Return the study's name."""
        return self._name

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return one direction per objective."""
        return self._directions

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the attributes."""
        return self._user_attrs

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Return Optuna's own attributes."""
        return self._system_attrs

    def get_all_studies(self) -> list[FrozenStudy]:
        """Return the only study."""
        return [
            FrozenStudy(
                self._name, None, self._user_attrs, self._system_attrs, _STUDY,
                directions=self._directions,
            )
        ]  # fmt: skip

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Append a running trial, or a copy of a given one."""
        number = len(self._trials)
        trial = (
            FrozenTrial(number, TrialState.RUNNING, None, None, None, {}, {}, {}, {}, {}, number)
            if template_trial is None
            else copy.copy(template_trial)
        )
        trial.number, trial._trial_id = number, number
        self._trials.append(trial)
        return number

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        """Set a parameter of a running trial."""
        trial = self._trials[trial_id]
        trial.params = {
            **trial.params, param_name: distribution.to_external_repr(param_value_internal)
        }  # fmt: skip
        trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Finish a trial."""
        trial = self._trials[trial_id]
        trial.state = state
        if values is not None:
            trial.values = list(values)
        return True

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        """Set a value on the way."""
        self._trials[trial_id].intermediate_values[step] = intermediate_value

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set an attribute."""
        self._trials[trial_id].user_attrs[key] = value

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set an attribute of Optuna's own."""
        self._trials[trial_id].system_attrs[key] = value

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return a trial."""
        return self._trials[trial_id]

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials, of given states where asked for; never deep copies."""
        if states is None:
            return list(self._trials)
        return [trial for trial in self._trials if trial.state in states]
