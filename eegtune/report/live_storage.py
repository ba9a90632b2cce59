"""A run as an Optuna storage that can only be read, and that follows the run while it goes on.

Everything that reads Optuna storages reads a run through it: optuna-dashboard, Optuna's figures,
`optuna.load_study(study_name=NAME, storage=RunStorage(folder))`. Nothing is copied or converted
beforehand; a reader that has seen a trial's end never reads its curve again.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

from eegtune.execution.records import TrialRecord
from eegtune.execution.store import RunStore
from eegtune.search.study import to_study

STUDY = 0
# What `Study.set_metric_names` sets: axes and columns then have the metrics' names.
_METRIC_NAMES = "study:metric_names"
_Curve = tuple[tuple[int, float], ...]


class ReadOnlyStorageError(RuntimeError):
    """Somebody tried to change a run through Optuna."""


class RunStorage(BaseStorage):
    """The one study of a run's folder; a trial whose values lie outside the space is left out."""

    def __init__(self, folder: Path) -> None:
        """Look at a run.

        Raises:
            NoRunError: There is none in the folder.
        """
        self._folder = folder
        self._lock = Lock()
        self._curves: dict[str, _Curve] = {}
        with RunStore.open(folder) as store:
            self._experiment = store.experiment
        study = to_study(self._experiment, ())
        self._directions: list[StudyDirection] = list(study.directions)

    def get_study_id_from_name(self, study_name: str) -> int:
        """Return the identifier of the only study.

        Raises:
            KeyError: It has another name.
        """
        if study_name != self._experiment.name:
            raise KeyError(f"the study of this run is {self._experiment.name!r}")
        return STUDY

    def get_study_name_from_id(self, study_id: int) -> str:
        """Return the Experiment's name."""
        return self._experiment.name

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return one direction per objective.

        Raises:
            KeyError: There is no such study.
        """
        if study_id != STUDY:
            raise KeyError(study_id)
        return self._directions

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return how the run stands."""
        with RunStore.open(self._folder) as store:
            state, spec = store.state, store.experiment.spec
        algorithm = spec.algorithm
        return {
            "run": str(self._folder),
            "status": str(state.condition),
            "message": state.message,
            "algorithm": algorithm.algorithm_name,
            **{f"setting {name}": value for name, value in algorithm.settings.items()},
            "parallelTrialCount": spec.parallel_trial_count,
            "maxTrialCount": spec.max_trial_count,
        }

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the names of the objectives."""
        from eegtune.search.engine import compile_problem

        names = [goal.metric for goal in compile_problem(self._experiment).goals]
        return {_METRIC_NAMES: names}

    def get_all_studies(self) -> list[FrozenStudy]:
        """Return the only study."""
        user, system = self.get_study_user_attrs(STUDY), self.get_study_system_attrs(STUDY)
        return [
            FrozenStudy(
                self._experiment.name, None, user, system, STUDY, directions=self._directions
            )
        ]

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return a trial as it stands now.

        Raises:
            KeyError: There is none of this number.
        """
        for trial in self.get_all_trials(STUDY):
            if trial._trial_id == trial_id:
                return trial
        raise KeyError(trial_id)

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials as they stand now; each call makes new ones."""
        with self._lock, RunStore.open(self._folder) as store:
            records = store.trials()
            curves = {record.name: self._curve(store, record) for record in records}
        found = to_study(self._experiment, [each.trial for each in records], curves)
        trials = found.get_trials(deepcopy=False)
        return [trial for trial in trials if states is None or trial.state in states]

    def _curve(self, store: RunStore, record: TrialRecord) -> _Curve:
        """Return (report, value) of the objective metric; kept once the trial has ended."""
        known = self._curves.get(record.name)
        if known is not None:
            return known
        if record.trial.start_time is None:
            return ()
        metric = self._experiment.spec.objective.objective_metric_name
        points = store.metric_log(record.name)
        curve = tuple(
            (point.report, point.value)
            for point in points
            if point.name == metric and point.value is not None
        )
        if record.condition.is_completed:
            self._curves[record.name] = curve
        return curve

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise ReadOnlyStorageError(
            f"{self._folder} is shown, not changed; `eegtune enqueue`, `scale` and `pause` "
            "change a run"
        )

    create_new_study = _refuse
    delete_study = _refuse
    set_study_user_attr = _refuse
    set_study_system_attr = _refuse
    create_new_trial = _refuse
    set_trial_param = _refuse
    set_trial_state_values = _refuse
    set_trial_intermediate_value = _refuse
    set_trial_user_attr = _refuse
    set_trial_system_attr = _refuse
