from __future__ import annotations

from pathlib import Path

import pytest

from trial_runner.collector import wait_for_collector

KATIB = {"KATIB_TRIAL_NAME": "trial-1"}


def _process(proc: Path, number: int, *command: str) -> None:
    (proc / str(number)).mkdir(parents=True)
    (proc / str(number) / "cmdline").write_bytes(b"\0".join(c.encode() for c in command) + b"\0")


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    _process(tmp_path, 1, "/pause")
    _process(tmp_path, 12, "sh", "-c", "trial-runner linear_probe && echo completed > 12.pid")
    (tmp_path / "meminfo").write_text("")
    return tmp_path


def test_it_stays_until_the_collector_is_there(pod: Path) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            _process(pod, 30, "./file-metricscollector", "-t", "trial-1", "-s-db", "manager:6789")

    assert wait_for_collector(KATIB, pod, grace_seconds=1.5, sleep=sleep)
    assert waited == [0.1, 0.1, 0.1, 1.5]


def test_it_does_not_stay_for_ever(pod: Path) -> None:
    waited: list[float] = []
    assert not wait_for_collector(KATIB, pod, at_most_seconds=2.0, sleep=waited.append)
    assert sum(waited) == pytest.approx(2.0, abs=0.11)


def test_it_does_not_wait_outside_katib_or_where_processes_are_not_shared(tmp_path: Path) -> None:
    def never(_: float) -> None:
        raise AssertionError("waited")

    _process(tmp_path, 1, "/sbin/init")
    assert not wait_for_collector(KATIB, tmp_path, sleep=never)
    assert not wait_for_collector({}, tmp_path, sleep=never)
    assert not wait_for_collector(KATIB, tmp_path / "absent", sleep=never)
