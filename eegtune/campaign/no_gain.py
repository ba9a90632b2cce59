"""An observer that ends a phase which gains nothing more.

It does what `eegtune scale --max-trials` does: the run then ends in good order, and stays ended
when it is taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eegtune.campaign.stop_rule import Gain, gain_of_last
from eegtune.execution.board import Board
from eegtune.execution.changes import scale
from eegtune.execution.observer import Observer
from eegtune.execution.records import TrialRecord
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Report
from eegtune.spec.experiment import Experiment

NO_GAIN = "no-gain"
_CHECKS_IN_A_WINDOW = 4


class EndsWithoutGain:
    """Passes everything on to another observer, and ends the run when nothing is gained."""

    def __init__(self, observer: Observer, folder: Path, trials: int) -> None:
        """Watch a run.

        Args:
            observer: Who else watches it.
            folder: The run's folder.
            trials: After how many trials without gain it ends.
        """
        self._observer, self._folder, self._trials = observer, folder, trials
        self._ended = 0
        self._is_over = False

    def begun(self, experiment: Experiment, board: Board) -> None:
        """Pass it on."""
        self._observer.begun(experiment, board)

    def starting(self, record: TrialRecord) -> None:
        """Pass it on."""
        self._observer.starting(record)

    def started(self, record: TrialRecord) -> None:
        """Pass it on."""
        self._observer.started(record)

    def reported(self, record: TrialRecord, reports: Sequence[Report]) -> None:
        """Pass it on."""
        self._observer.reported(record, reports)

    def changed(self, experiment: Experiment) -> None:
        """Pass it on."""
        self._observer.changed(experiment)

    def stopping(self, why: str, running: int) -> None:
        """Pass it on."""
        self._observer.stopping(why, running)

    def ended(self, record: TrialRecord) -> None:
        """Pass it on, then see whether the last trials have gained anything."""
        self._observer.ended(record)
        self._ended += 1
        if self._is_over or self._ended % max(1, self._trials // _CHECKS_IN_A_WINDOW):
            return
        with RunWriter.open_writable(self._folder) as store:
            trials = [record.trial for record in store.trials()]
            completed = [trial for trial in trials if trial.condition.is_completed]
            gain = gain_of_last(store.experiment, completed, self._trials)
            if gain is None or gain.low > 0:
                return
            most = store.experiment.spec.max_trial_count
            if most is None or most > len(trials):
                self._end(store, len(trials), gain)

    def _end(self, store: RunWriter, made: int, gain: Gain) -> None:
        self._is_over = True
        parallel = min(store.experiment.spec.parallel_trial_count, made)
        scale(store, {"max_trial_count": made, "parallel_trial_count": parallel})
        store.append_event(NO_GAIN, why=_sentence(self._trials, gain))


def _sentence(trials: int, gain: Gain) -> str:
    return (
        f"the last {trials} trials gained nothing that stands out: {gain.value:+.2f} standard "
        f"deviations, 95 % interval {gain.low:+.2f} to {gain.high:+.2f}"
    )
