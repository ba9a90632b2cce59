"""All trials as one Parquet table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.exports.typed import is_whole, typed_value
from eegtune.spec.experiment import Experiment, Parameter


def write_trials(experiment: Experiment, records: Sequence[TrialRecord], path: Path) -> None:
    """Write one row a trial.

    Columns: `name`, `number`, `status` (Katib's words), `parameter.*` typed as their parameters,
    `metric.*`, `started` and `finished` (UTC), `seconds`.
    """
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(
        pyarrow.table(trial_columns(experiment, records)), path, compression="zstd"
    )


def trial_columns(experiment: Experiment, records: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return the columns as Arrow arrays by name."""
    import pyarrow

    time = pyarrow.timestamp("us", tz="UTC")
    trials = [record.trial for record in records]
    metrics = dict.fromkeys(
        [
            *experiment.spec.objective.metric_names,
            *(name for trial in trials for name in trial.metrics),
        ]
    )
    return {
        "name": pyarrow.array([trial.name for trial in trials], pyarrow.string()),
        "number": pyarrow.array([record.number for record in records], pyarrow.int64()),
        "status": pyarrow.array([trial.condition.value for trial in trials], pyarrow.string()),
        **{
            f"parameter.{parameter.name}": _parameter(parameter, records)
            for parameter in experiment.spec.parameters
        },
        **{
            f"metric.{name}": pyarrow.array(
                [trial.metrics.get(name) for trial in trials], pyarrow.float64()
            )
            for name in metrics
        },
        "started": pyarrow.array([trial.start_time for trial in trials], time),
        "finished": pyarrow.array([trial.completion_time for trial in trials], time),
        "seconds": pyarrow.array([r.duration_seconds for r in records], pyarrow.float64()),
    }


def _parameter(parameter: Parameter, records: Sequence[TrialRecord]) -> Any:
    """Return a column of the parameter's type, or of texts where a value is not of it."""
    import pyarrow

    texts = [record.trial.assignments.get(parameter.name) for record in records]
    values = [None if text is None else typed_value(parameter, text) for text in texts]
    if parameter.parameter_type != "categorical" and not any(isinstance(v, str) for v in values):
        kind = pyarrow.int64() if is_whole(parameter) else pyarrow.float64()
        return pyarrow.array(values, kind)
    return pyarrow.array(texts, pyarrow.string())
