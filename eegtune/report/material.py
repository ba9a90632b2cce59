"""All that a report is made of, as values; `reading` fetches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eegtune.execution.best import COUNTED, chosen_trial
from eegtune.execution.records import RunState, TrialRecord
from eegtune.report.evaluation.results import Evaluation, Touch
from eegtune.spec.experiment import Experiment

Curve = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """A run as the report sees it.

    Attributes:
        experiment: The Experiment.
        state: How the run stands.
        records: Its trials by number.
        folder: The run's folder as the user would type it.
        curves: By trial name, the objective's value at every report of it.
        evaluations: Scores on test data, oldest first.
        touches: Each use of the test data, oldest first.
        provenance: Code, packages, data and machine.
    """

    experiment: Experiment
    state: RunState
    records: tuple[TrialRecord, ...]
    folder: str
    curves: Mapping[str, Curve] = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()
    touches: tuple[Touch, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    _best: list[TrialRecord | None] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @property
    def metric(self) -> str:
        """The objective metric's name."""
        return self.experiment.spec.objective.objective_metric_name

    @property
    def best(self) -> TrialRecord | None:
        """The trial whose configuration is to be used; found once, as a model may be asked."""
        if not self._best:
            self._best.append(_best_record(self.experiment, self.records))
        return self._best[0]

    @property
    def finished(self) -> tuple[TrialRecord, ...]:
        """Trials with a value of the objective."""
        return tuple(r for r in self.records if value_of(self.experiment, r) is not None)

    @property
    def failed(self) -> tuple[TrialRecord, ...]:
        """Trials that ended without a value."""
        return tuple(
            record
            for record in self.records
            if record.condition.is_completed and value_of(self.experiment, record) is None
        )

    @property
    def evaluation(self) -> Evaluation | None:
        """The latest scores on test data."""
        return self.evaluations[-1] if self.evaluations else None


def value_of(experiment: Experiment, record: TrialRecord) -> float | None:
    """Return a trial's value of the objective; None where it ended without one or still runs."""
    if record.condition not in COUNTED:
        return None
    return record.trial.metrics.get(experiment.spec.objective.objective_metric_name)


def _best_record(experiment: Experiment, records: Sequence[TrialRecord]) -> TrialRecord | None:
    best = chosen_trial(experiment, (record.trial for record in records))
    return next((record for record in records if record.trial is best), None)
