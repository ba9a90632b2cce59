"""When a run ends, in Katib's order: goal, failures, number of trials, end of the search.

Deliberately different from Katib (which says and does otherwise by oversight, see each):

- MetricsUnavailable trials count towards maxTrialCount when new trials are asked for, so there is
  no overrun (Katib starts up to parallelTrialCount - 1 more).
- A search that has nothing more to suggest ends the run (Katib's ExperimentSuggestionEndReached
  exists but is never set: its experiments stay in Running).
- Values that are not finite numbers never reach the goal, nor are they the best (see
  `eegtune.metrics.observation`).
- Trials that still run when the run ends are stopped and Killed (Katib lets them run on).
- A run that reached maxTrialCount goes on with a larger one, whatever its resumePolicy; one that
  failed goes on with a larger maxFailedTrialCount.

`--strict-katib` takes Katib's side in two of these: the overrun, and trials that still run when
the run ends run on to their ends (they may become the best). Not in the others: a search that has
ended would be waited for for ever, and values that are no numbers make results wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from eegtune.execution.records import RunCondition
from eegtune.spec.experiment import ExperimentSpec
from eegtune.spec.trial import TrialCondition

FAILURES = (TrialCondition.FAILED, TrialCondition.METRICS_UNAVAILABLE)


class Verdict(NamedTuple):
    """How a run has ended."""

    condition: RunCondition
    reason: str
    message: str


class Tally:
    """How many trials stand where; kept up to date one transition at a time."""

    def __init__(self, conditions: Iterable[TrialCondition] = ()) -> None:
        self._counts = Counter(conditions)

    def move(self, before: TrialCondition | None, after: TrialCondition) -> None:
        """Count a transition; a new trial comes from None."""
        if before is not None:
            self._counts[before] -= 1
        self._counts[after] += 1

    def __getitem__(self, condition: TrialCondition) -> int:
        return self._counts[condition]

    @property
    def total(self) -> int:
        """All trials."""
        return self._counts.total()

    @property
    def completed(self) -> int:
        """Trials to which nothing more will happen."""
        return sum(number for condition, number in self._counts.items() if condition.is_completed)

    @property
    def active(self) -> int:
        """Trials that run or wait."""
        return self.total - self.completed

    @property
    def failed(self) -> int:
        """Trials that failed or reported nothing, as maxFailedTrialCount counts them."""
        return sum(self._counts[condition] for condition in FAILURES)


def verdict_of(
    spec: ExperimentSpec, tally: Tally, best: float | None, *, search_exhausted: bool
) -> Verdict | None:
    """Return how a run has ended; None while it has not.

    Args:
        spec: What was asked for.
        tally: Where the trials stand.
        best: The best value of the objective so far; None where there is none.
        search_exhausted: Whether the search has nothing more to suggest.
    """
    if best is not None and spec.objective.reaches_goal(best):
        message = f"{spec.objective.objective_metric_name} reached {spec.objective.goal:g}"
        return Verdict(RunCondition.SUCCEEDED, "ExperimentGoalReached", message)
    most_failed = spec.max_failed_trial_count
    if most_failed is not None and tally.failed and tally.failed >= most_failed:
        message = f"{tally.failed} trials failed; maxFailedTrialCount is {most_failed}"
        return Verdict(RunCondition.FAILED, "ExperimentFailed", message)
    most = spec.max_trial_count
    if most is not None and tally.completed >= most:
        message = f"{tally.completed} trials are done; maxTrialCount is {most}"
        return Verdict(RunCondition.SUCCEEDED, "ExperimentMaxTrialsReached", message)
    if search_exhausted and not tally.active:
        message = f"the search has nothing more to suggest after {tally.total} trials"
        return Verdict(RunCondition.SUCCEEDED, "ExperimentSuggestionEndReached", message)
    return None


def room_for_new_trials(
    spec: ExperimentSpec, tally: Tally, at_once: int, *, strict_katib: bool = False
) -> int:
    """Return how many trials may be created now.

    Args:
        spec: What was asked for.
        tally: Where the trials stand.
        at_once: How many may be active at once.
        strict_katib: Whether trials without metrics are left out of what is done, as Katib does.
    """
    done = tally.completed
    if strict_katib:
        done -= tally[TrialCondition.METRICS_UNAVAILABLE]
    if spec.max_trial_count is not None:
        at_once = min(at_once, spec.max_trial_count - done)
    return max(0, at_once - tally.active)
