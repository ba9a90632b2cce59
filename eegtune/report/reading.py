"""Reading a run's folder into the values that a report is made of."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eegtune.execution.records import RunEvent, TrialRecord
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import RunStore
from eegtune.report.evaluation.ledger import EVALUATED, TOUCHED, read_touches
from eegtune.report.evaluation.results import Evaluation, from_json
from eegtune.report.figures.curves import MOST_CURVES
from eegtune.report.material import Curve, Material
from eegtune.report.sampling import sample_finished
from eegtune.spec.experiment import Experiment

logger = logging.getLogger(__name__)

_DATA_LINE = re.compile(r"^.*: [\d,]+ \w+ of (?:one subject|[\d,]+ subjects).*$", re.MULTILINE)
_DATA_DIGEST = re.compile(r"\bdata: sha256 ([0-9a-f]{64}) of the contents of ")
_LOG_BYTES_READ = 65_536


def read_material(folder: Path) -> Material:
    """Read a run.

    Raises:
        NoRunError: There is no run in the folder, or it cannot be read.
    """
    with RunStore.open(folder) as store:
        experiment, records = store.experiment, tuple(store.trials())
        return Material(
            experiment=experiment,
            state=store.state,
            records=records,
            folder=str(folder),
            curves=_curves(store, experiment, records),
            evaluations=tuple(_evaluations(store.events(EVALUATED))),
            touches=read_touches(store.events(TOUCHED), store.events(EVALUATED)),
            provenance=read_provenance(store.folder) or {},
        )


def with_provenance(material: Material, provenance: Mapping[str, Any]) -> Material:
    """Return a run with another record of where it comes from."""
    return replace(material, provenance=provenance)


def read_provenance(folder: RunFolder) -> dict[str, Any] | None:
    """Return the record that an earlier report left; None where there is none to read."""
    try:
        found = json.loads(folder.provenance.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def read_data_note(folder: RunFolder, records: Iterable[TrialRecord]) -> str:
    """Return what the first trial that told so said about its data; empty where none did."""
    records = tuple(records)
    match = _first_in_logs(folder, records, _DATA_LINE)
    if not match:
        return ""
    speaker, _, rest = match.group().strip().partition(": ")
    return rest if speaker in {record.name for record in records} else match.group().strip()


def read_data_digest(folder: RunFolder, records: Iterable[TrialRecord]) -> str:
    """Return the SHA-256 of the files that trials read, as a trial told it; else nothing."""
    match = _first_in_logs(folder, records, _DATA_DIGEST)
    return match.group(1) if match else ""


def _first_in_logs(
    folder: RunFolder, records: Iterable[TrialRecord], pattern: re.Pattern[str]
) -> re.Match[str] | None:
    for record in list(records)[:20]:
        try:
            with folder.trial(record.name).stderr.open("rb") as file:
                text = file.read(_LOG_BYTES_READ).decode("utf-8", "replace")
        except OSError:
            continue
        match = pattern.search(text)
        if match:
            return match
    return None


def _curves(
    store: RunStore, experiment: Experiment, records: tuple[TrialRecord, ...]
) -> dict[str, Curve]:
    metric = experiment.spec.objective.objective_metric_name
    found = {}
    for record in sample_finished(experiment, records, MOST_CURVES):
        points = store.metric_log(record.name)
        found[record.name] = tuple(
            point.value for point in points if point.name == metric and point.value is not None
        )
    return found


def _evaluations(events: Iterable[RunEvent]) -> Iterable[Evaluation]:
    for event in events:
        try:
            detail: Any = event.detail["evaluation"]
            yield from_json(detail)
        except (KeyError, TypeError, ValueError):
            logger.warning("an evaluation of %s cannot be read; it is left out", event.time)
