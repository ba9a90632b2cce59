from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from trial_runner.arguments import parse_arguments
from trial_runner.components.efficiency import COMPONENT
from trial_runner.components.efficiency.measure import Cost, measure, peak_of, peak_of_tensors


def test_the_peak_is_what_an_action_adds() -> None:
    def needs_100_mib() -> None:
        torch.ones(25 * 2**20)

    found = peak_of(needs_100_mib, torch.device("cpu")) / 2**20
    assert 95 < found < 140


def test_memory_that_was_used_before_counts_again() -> None:
    def needs_40_mib() -> None:
        for _ in range(2):
            torch.cat([torch.ones(5 * 2**18) for _ in range(4)])

    needs_40_mib()  # the allocator may keep what this took
    found = [peak_of(needs_40_mib, torch.device("cpu")) / 2**20 for _ in range(3)]
    assert all(38 < one < 90 for one in found), found


def test_tensors_are_counted_where_the_system_does_not_tell() -> None:
    def action() -> None:
        a = torch.ones(2**18)  # 1 MiB
        b = a + 1  # 2 MiB now
        view = b.view(512, 512)
        del a, b
        view.mul_(2)  # 1 MiB
        view @ view  # 2 MiB

    assert peak_of_tensors(action) == 2 * 2**20
    assert peak_of_tensors(lambda: None) == 0


def test_a_wider_network_costs_more() -> None:
    batch = torch.randn(64, 4, 256)

    def cost_of(width: int) -> tuple[float, float, int]:
        network = nn.Sequential(nn.Flatten(), nn.Linear(1024, width), nn.Linear(width, 1024))
        cost = measure(network, batch, warm_up=2, repeats=5, is_mixed=False)
        assert cost.latency_p05_ms <= cost.latency_ms <= cost.latency_p95_ms
        return cost.latency_ms, cost.memory_mb, cost.parameters

    narrow, wide = cost_of(16), cost_of(8192)
    assert narrow[0] < wide[0]
    assert wide[1] > narrow[1] + 60
    assert narrow[2] == 1024 * 16 + 16 + 16 * 1024 + 1024


@pytest.mark.parametrize(
    ("fast", "slow", "is_steady"), [(1.0, 1.2, True), (1.0, 2.0, True), (1.0, 2.1, False)]
)
def test_times_that_differ_much_are_of_a_busy_machine(
    fast: float, slow: float, is_steady: bool
) -> None:
    assert Cost((fast + slow) / 2, fast, slow, 1.0, 1).is_steady == is_steady


def test_a_trial_reports_all_objectives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trial_runner.components.efficiency.trial import run

    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    words = ("--data=simulation:subjects=9,windows=8,window_seconds=1", "--max_epochs=1",
             "--folds=2", "--shrink=16", "--depth=1", "--model_size=small", "--cache=none",
             "--batch_size=8", "--repeats=3", "--mixed_precision")  # fmt: skip
    run(parse_arguments(COMPONENT, words))
    last = capsys.readouterr().out.splitlines()[-1]
    for name in (COMPONENT.objective_metric, *COMPONENT.additional_metrics):
        assert f" {name}=" in last
