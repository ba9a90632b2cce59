"""`eegtune.tune` with trials on a cluster: a function goes there by value."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import eegtune
from eegtune.execution.runner import RunnerError

from .support.objects import image

pytestmark = pytest.mark.cluster
LEVEL = 0.25  # a trial must find what its function refers to


def parabola(x: float, kind: str) -> float:
    return -math.pow(x - LEVEL, 2) - (kind == "flat")


def test_a_function_is_tuned_as_jobs(own_namespace: str, tmp_path: Path) -> None:
    run = eegtune.tune(
        parabola, {"x": "0..1", "kind": ["steep", "flat"]}, metric="level", trials=4, parallel=2,
        folder=tmp_path / "run", on="kubernetes", image=image("signal"), namespace=own_namespace,
        progress=False,
    )  # fmt: skip
    trials = run.trials()
    assert list(trials["status"]) == ["Succeeded"] * 4
    for _, row in trials.iterrows():
        assert row["metric.level"] == parabola(float(row["parameter.x"]), row["parameter.kind"])


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="nowhere"):
        eegtune.tune(
            parabola, {"x": "0..1", "kind": ["steep", "flat"]}, folder=tmp_path / "run",
            on="kubernetes", context="nowhere", progress=False,
        )  # fmt: skip
