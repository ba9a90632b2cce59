"""What trackers (MLflow, W&B) are told of a trial, the same for both."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import RunStore
from eegtune.report.exports.run_key import run_key
from eegtune.report.exports.typed import typed_values
from eegtune.report.material import Material
from eegtune.report.reading import read_material
from eegtune.report.redaction import redacted, secrets_of


@dataclass(frozen=True, slots=True)
class TrackedTrial:
    """A trial for a tracker.

    Attributes:
        name: Its name.
        status: Katib's word.
        parameters: Its values.
        metrics: What it ended with, by metric.
        curve: Metric, step from 0, value and time of everything that it reported.
        started: When it started.
        finished: When it ended.
        message: Why it failed, without secrets.
        files: Files that it has left.
    """

    name: str
    status: str
    parameters: dict[str, Any]
    metrics: dict[str, float]
    curve: tuple[tuple[str, int, float, datetime | None], ...]
    started: datetime | None
    finished: datetime | None
    message: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run for a tracker.

    Attributes:
        key: The same for every export of the run.
        material: The run.
        trials: Its trials that have ended, in order.
        files: Its report and exports.
    """

    key: str
    material: Material
    trials: tuple[TrackedTrial, ...]
    files: tuple[Path, ...]


def read_tracked(folder: Path) -> TrackedRun:
    """Read a run for a tracker.

    Raises:
        NoRunError: There is no run in the folder.
    """
    material, run_folder = read_material(folder), RunFolder(folder)
    known = (run_folder.report, run_folder.best, run_folder.best_hyperparameters,
             run_folder.trials_table, run_folder.provenance, run_folder.experiment)  # fmt: skip
    secrets = secrets_of(os.environ, material.experiment)
    return TrackedRun(
        run_key(material), material, tuple(_trials(material, folder)),
        tuple(path for path in known if path.is_file() and _may_leave(path, secrets)),
    )  # fmt: skip


def _may_leave(path: Path, secrets: Sequence[str]) -> bool:
    """Say whether a file holds no secret: an Experiment's template may, and then stays here."""
    if path.suffix not in (".yaml", ".json"):
        return True  # written without them
    text = path.read_text(encoding="utf-8")
    return redacted(text, secrets) == text


def _trials(material: Material, folder: Path) -> Iterator[TrackedTrial]:
    secrets = secrets_of(os.environ, material.experiment)
    with RunStore.open(folder) as store:
        for record in material.records:
            if record.condition.is_completed:
                yield _trial(material, store, record, secrets)


def _trial(
    material: Material, store: RunStore, record: TrialRecord, secrets: tuple[str, ...]
) -> TrackedTrial:
    trial = record.trial
    curve = tuple(
        (point.name, point.report - 1, point.value, point.time or trial.start_time)
        for point in store.metric_log(record.name)
        if point.value is not None
    )
    artefacts = store.folder.trial(record.name).artefacts
    files = tuple(sorted(each for each in artefacts.rglob("*") if each.is_file()))
    return TrackedTrial(
        trial.name, trial.condition.value, typed_values(material.experiment, trial.assignments),
        dict(trial.metrics), curve, trial.start_time, trial.completion_time,
        redacted(record.message, secrets), files,
    )  # fmt: skip
