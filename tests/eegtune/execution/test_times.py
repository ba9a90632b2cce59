from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution import times
from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore


class WrongClock:
    """A system's clock that is set an hour back each time somebody looks at it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def now(self) -> datetime:
        self.time -= timedelta(hours=1)
        return self.time


def test_a_clock_counts_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", WrongClock().now)
    clock = times.Clock()
    first = clock.now()
    time.sleep(0.01)
    assert timedelta(0) < clock.now() - first < timedelta(minutes=1)


def test_no_trial_ends_before_it_began(
    make_experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times, "now", WrongClock().now)
    result = run_experiment(make_experiment(), tmp_path)
    with RunStore.open(tmp_path) as store:
        durations = [trial.duration_seconds for trial in store.trials()]
    assert all(duration is not None and 0 <= duration < 600 for duration in durations)
    assert result.state.start_time is not None
    assert result.state.completion_time is not None
    assert result.state.start_time <= result.state.completion_time
