"""Writing made-up runs into real run folders."""

from __future__ import annotations

from pathlib import Path

from eegtune.execution.run_folder import RunFolder
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Report
from eegtune.report.material import Material


def store(made: Material, folder: Path) -> RunFolder:
    """Write Experiment, trials and curves as `eegtune run` does."""
    folder.mkdir(parents=True, exist_ok=True)
    with RunWriter.open_writable(folder) as writer, writer.transaction():
        writer.create_run(made.experiment, made.state)
        writer.add_trials(made.records, search_exhausted=False)
        for record in made.records:
            writer.update_trial(record)
            points = made.curves.get(record.name, ())
            reports = [Report(made.metric, repr(value)) for value in points]
            writer.append_metrics(record.number, reports)
    return RunFolder(folder)
