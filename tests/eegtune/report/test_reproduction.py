from __future__ import annotations

from pathlib import Path

import pytest

import eegtune
from eegtune.report.reproduction import reproduce


def steady(x: float) -> float:
    """The same value for the same argument, to the last bit."""
    return sum(x**power for power in range(9)) / 7


def unsteady(x: float) -> float:
    """Another value each time."""
    import time

    return x + time.time_ns()


def test_a_trial_runs_again_to_the_last_bit(tmp_path: Path) -> None:
    run = eegtune.tune(steady, {"x": "0.0..1.0"}, trials=3, algorithm="random",
                       folder=tmp_path / "run", progress=False)  # fmt: skip
    (best,) = reproduce(run.folder)
    assert best.is_same
    assert best.values == 1
    assert best.text() == f"{best.trial}: the same, all 1 values to the last bit"
    both = reproduce(run.folder, ["0", "2"])
    assert [each.trial for each in both] == list(run.trials()["name"][[0, 2]])
    assert all(each.is_same for each in both)
    assert len(run.trials()) == 3, "the run itself stays as it is"


def test_what_differs_is_shown(tmp_path: Path) -> None:
    run = eegtune.tune(unsteady, {"x": "0.0..1.0"}, trials=1, algorithm="random",
                       folder=tmp_path / "run", progress=False)  # fmt: skip
    (found,) = reproduce(run.folder, ["0"])
    assert not found.is_same
    assert "1 of 1 values differ" in found.text()
    with pytest.raises(ValueError, match="there is no trial '7'"):
        reproduce(run.folder, ["7"])
