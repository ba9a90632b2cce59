from dataclasses import replace

import pyarrow
import pytest
from pyarrow import parquet

from eegtune.report.exports.table import write_trials
from eegtune.spec.trial import TrialCondition

from ..runs import START, material, record


def _rows(made, path):
    write_trials(made.experiment, made.records, path)
    return parquet.read_table(path)


def test_one_row_a_trial_with_typed_columns(tmp_path):
    made = material(40)
    table = _rows(made, tmp_path / "trials.parquet")
    assert table.num_rows == 40
    kinds = dict(zip(table.schema.names, table.schema.types, strict=True))
    assert kinds["parameter.learning_rate"] == pyarrow.float64()
    assert kinds["parameter.hidden_dim"] == pyarrow.int64()
    assert kinds["parameter.features"] == pyarrow.string()
    assert kinds["started"] == pyarrow.timestamp("us", tz="UTC")
    first = table.to_pylist()[0]
    assert first["name"] == "trial-0000"
    assert first["status"] == "Succeeded"
    assert first["metric.val_auroc"] == made.records[0].trial.metrics["val_auroc"]
    assert (first["started"], first["seconds"]) == (START, 2.0)


def test_what_is_missing_is_null(tmp_path):
    records = (record(0, {"batch_size": "16"}, None, TrialCondition.RUNNING),)
    row = _rows(replace(material(0), records=records), tmp_path / "t.parquet").to_pylist()[0]
    assert row["metric.val_auroc"] is None
    assert row["finished"] is None
    assert row["parameter.features"] is None


def test_values_of_another_type_turn_the_column_into_text(tmp_path):
    records = (record(0, {"hidden_dim": "128"}, 0.5), record(1, {"hidden_dim": "many"}, 0.6))
    table = _rows(replace(material(0), records=records), tmp_path / "t.parquet")
    assert table.column("parameter.hidden_dim").to_pylist() == ["128", "many"]


@pytest.mark.parametrize("trials", [0, 1])
def test_small_runs(tmp_path, trials):
    assert _rows(material(trials), tmp_path / "t.parquet").num_rows == trials
