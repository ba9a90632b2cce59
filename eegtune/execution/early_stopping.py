"""Judge running trials by the Experiment's early-stopping rule, after each of their reports."""

from __future__ import annotations

from collections.abc import Sequence

from eegtune.execution.records import TrialRecord
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial
from eegtune.stopping import Decision, Rule, TrialCurve, make_rule

_GO_ON = Decision(stop=False)


class EarlyStopping:
    """The rule, and the curves of all trials that it compares."""

    def __init__(self, rule: Rule | None) -> None:
        self._rule = rule
        self._curves: dict[str, tuple[Trial, Sequence[float]]] = {}

    @classmethod
    def of(cls, experiment: Experiment) -> EarlyStopping:
        """Return the Experiment's; it never stops anything where there is no rule.

        Raises:
            ValueError: The rule or a setting of it is unknown.
        """
        return cls(make_rule(experiment))

    @property
    def is_active(self) -> bool:
        """Whether there is a rule."""
        return self._rule is not None

    def remember(self, trial: Trial, curve: Sequence[float]) -> None:
        """Keep a trial's curve; the sequence may grow while the trial runs."""
        if self._rule is not None:
            self._curves[trial.name] = (trial, curve)

    def forget(self, trial: Trial) -> None:
        """Drop the curve of a trial that is to be run again."""
        self._curves.pop(trial.name, None)

    def judge(self, record: TrialRecord, curve: Sequence[float]) -> Decision:
        """Decide whether a running trial is to be stopped."""
        if self._rule is None:
            return _GO_ON
        others = [
            TrialCurve(name, trial.condition, values, _ended_before(trial, record.trial))
            for name, (trial, values) in self._curves.items()
            if name != record.name
        ]
        return self._rule.should_stop(curve, others)


def _ended_before(trial: Trial, judged: Trial) -> bool:
    if trial.completion_time is None or judged.start_time is None:
        return False
    return trial.completion_time <= judged.start_time
