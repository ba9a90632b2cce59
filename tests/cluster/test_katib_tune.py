"""`eegtune.tune` on Katib, or on its double: a function goes there by value."""

from __future__ import annotations

from pathlib import Path

import pytest

import eegtune
from tests.katib.double.fixtures import katib, lab  # noqa: F401

from .support.objects import image
from .test_tune import parabola

pytestmark = pytest.mark.cluster


@pytest.mark.timeout(900)
def test_a_function_is_tuned_on_katib(lab: str, tmp_path: Path) -> None:  # noqa: F811
    run = eegtune.tune(
        parabola, {"x": "0..1", "kind": ["steep", "flat"]}, metric="level", trials=3, parallel=2,
        algorithm="random", folder=tmp_path / "run", on="katib", image=image("signal"),
        namespace=lab, progress=False,
    )  # fmt: skip
    trials = run.trials()
    assert list(trials["status"]) == ["Succeeded"] * 3
    for _, row in trials.iterrows():
        found = parabola(float(row["parameter.x"]), row["parameter.kind"])
        assert row["metric.level"] == pytest.approx(found)
