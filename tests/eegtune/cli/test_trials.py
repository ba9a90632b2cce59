from __future__ import annotations

import csv
import io
from typing import Any


def test_table_and_csv(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    code, table, _ = eegtune("trials", "tried")
    assert code == 0
    assert table.split()[:5] == ["trial", "status", "time", "loss", "x"]
    assert table.count("Succeeded") == 3
    rows = list(csv.DictReader(io.StringIO(eegtune("trials", "tried", "--format", "csv")[1])))
    assert list(rows[0]) == ["name", "status", "loss", "x", "started", "finished"]
    assert [float(row["loss"]) == float(row["x"]) for row in rows] == [True] * 3
