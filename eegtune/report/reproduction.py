"""Run trials again as they were, and compare all that they report, character by character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eegtune.execution import times
from eegtune.execution.best import chosen_trial
from eegtune.execution.outcome import requeued
from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.execution.summary import find_trial
from eegtune.execution.writer import RunWriter
from eegtune.spec import Experiment, TrialCondition


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A trial and the same trial again.

    Attributes:
        trial: Its name.
        before: How it had ended.
        after: How it ended now.
        values: How many reported values were compared.
        differences: `(metric, report, then, now)` where they differ; None for a missing one.
        folder: Where the new trial is.
    """

    trial: str
    before: str
    after: str
    values: int
    differences: tuple[tuple[str, int, str | None, str | None], ...]
    folder: str

    @property
    def is_same(self) -> bool:
        """Whether it ended in the same way with the same values."""
        return self.before == self.after and not self.differences and self.values > 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "is_same": self.is_same}

    def text(self) -> str:
        """Return it as a sentence, with the first differences below."""
        if self.is_same:
            return f"{self.trial}: the same, all {self.values} values to the last bit"
        if self.before != self.after:
            return f"{self.trial}: {self.before} then, {self.after} now; see {self.folder}"
        if not self.values:
            return f"{self.trial}: it reported nothing, then or now; there is nothing to compare"
        lines = [f"  {m} (report {n}): {then} then, {now} now"
                 for m, n, then, now in self.differences[:5]]  # fmt: skip
        count = len(self.differences)
        head = f"{self.trial}: {count} of {self.values} values differ; compare provenance.json"
        return "\n".join([head, *lines])


def reproduce(
    folder: Path, trials: Sequence[str] = (), target: Path | None = None
) -> list[Reproduction]:
    """Run trials again in a folder of their own.

    Args:
        folder: The run's folder.
        trials: Names or numbers; the chosen trial by default.
        target: Where the new trials go.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: There is no such trial, or it has not ended.
        RunnerError: Trials cannot be run here.
    """
    with RunStore.open(folder) as store:
        experiment, records = store.experiment, store.trials()
    chosen = [_find(records, each) for each in trials] or [_best(experiment, records, folder)]
    stamp = times.now().strftime("%Y%m%dT%H%M%S%f")
    target = target or folder / "reproduced" / stamp
    _run_again(experiment, chosen, target)
    with RunStore.open(folder) as old, RunStore.open(target) as new:
        return [_compare(old, new, record) for record in chosen]


def _find(records: Sequence[TrialRecord], text: str) -> TrialRecord:
    by_number = [record for record in records if text.isdigit() and record.number == int(text)]
    found = by_number[0] if by_number else find_trial(records, text)
    if not found.condition.is_completed:
        raise ValueError(f"{found.name} has not ended; reproduce it when it has")
    return found


def _best(experiment: Experiment, records: Sequence[TrialRecord], folder: Path) -> TrialRecord:
    best = chosen_trial(experiment, (record.trial for record in records))
    if best is None:
        raise ValueError(f"{folder}: no trial has a result yet; name one with --trial")
    return next(record for record in records if record.trial is best)


def _run_again(experiment: Experiment, records: Sequence[TrialRecord], target: Path) -> None:
    """Run the same trials, by their old names, in a run that makes no others."""
    spec = experiment.spec
    count = len(records)
    experiment = experiment.with_spec(
        max_trial_count=count,
        max_failed_trial_count=None,
        parallel_trial_count=min(spec.parallel_trial_count, count),
        # What other trials did must end none of these.
        early_stopping=None,
        objective=spec.objective.model_copy(update={"goal": None}),
    )
    target.mkdir(parents=True, exist_ok=True)
    with RunWriter.open_writable(target) as store:
        if store.has_run:
            raise ValueError(f"{target} holds a run; give another --dir")
        store.create_run(experiment, RunState(RunCondition.RUNNING, start_time=times.now()))
        waiting = [replace(requeued(record, "reproduced"), number=number, attempt=0)
                   for number, record in enumerate(records)]  # fmt: skip
        store.add_trials(waiting, search_exhausted=False)
    run_experiment(experiment, target)


def _compare(old: RunStore, new: RunStore, record: TrialRecord) -> Reproduction:
    then = {(p.name, p.report): p.text for p in old.metric_log(record.name)}
    now = {(p.name, p.report): p.text for p in new.metric_log(record.name)}
    after = new.trial(record.name)
    was_stopped = record.condition is TrialCondition.EARLY_STOPPED
    keys = then if was_stopped else {**then, **now}
    different = tuple((*key, then.get(key), now.get(key))
                      for key in keys if then.get(key) != now.get(key))  # fmt: skip
    ended = str(after.condition)
    if was_stopped and after.condition is TrialCondition.SUCCEEDED:
        ended = str(record.condition)  # it was stopped by others' results; its beginning counts
    return Reproduction(
        record.name, str(record.condition), ended, len(keys), different,
        str(new.folder.trial(record.name).path),
    )  # fmt: skip
