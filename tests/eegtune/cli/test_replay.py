from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..report.runs import material
from ..report.stored import store

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = ["param:rate,param:units,param:epochs,metric:auroc,seconds"]
    for rate, units, epochs in itertools.product((1, 10, 100), (8, 16, 32), (1, 3, 9)):
        for repetition in (0.0, 0.01):
            auroc = 0.9 - 0.1 * abs(rate - 10) / 90 + units / 1000 - 0.2 / epochs + repetition
            lines.append(f"{rate},{units},{epochs},{auroc:.4f},{2 * epochs}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_replay_compares_strategies(eegtune: Invoke, table: Path) -> None:
    words = ["replay", table, "-a", "random", "-a", "tpe", "--metric", "auroc:max"]
    code, output, _ = eegtune(*words, "--trials", 27, "--slots", 3, "--seeds", 2)
    assert code == 0
    assert "27 recorded configurations, metric auroc" in output
    random, tpe = (line for line in output.splitlines() if line.startswith(("random", "tpe")))
    assert random.rstrip().count("%") == tpe.count("%") == 3
    assert "(0 %)" in random  # all 27 were tried


@pytest.mark.parametrize(
    ("metric", "words", "goal"),
    [
        ("auroc", [], "maximized"),
        ("val_loss", [], "minimized"),
        ("latency_ms", [], "minimized"),
        ("latency_ms", ["--metric", "latency_ms:max"], "maximized"),
    ],
)
def test_replay_says_which_values_are_good(
    eegtune: Invoke, table: Path, metric: str, words: list[str], goal: str
) -> None:
    table.write_text(table.read_text().replace("metric:auroc", f"metric:{metric}"))
    _, output, _ = eegtune("replay", table, "-a", "random", "--seeds", 1, "--trials", 3, *words)
    assert f"metric {metric}, {goal}" in output


def test_a_runs_folder_brings_its_objective(eegtune: Invoke, tmp_path: Path) -> None:
    run = store(material(12), tmp_path / "run").path
    code, output, _ = eegtune("replay", run, "-a", "random", "--seeds", 1, "--trials", 4)
    objective = material(1).experiment.spec.objective
    goal = f"metric {objective.objective_metric_name}, {objective.type}d"
    assert (code, goal in output) == (0, True)


def test_replay_in_virtual_time_with_slots_and_failures(eegtune: Invoke, table: Path) -> None:
    words = ["replay", table, "-a", "asha", "--metric", "auroc:max", "--resource", "epochs"]
    found = {}
    for slots in (1, 3):
        code, output, _ = eegtune(
            *words, "--slots", slots, "--seeds", 1, "--trials", 20, "--failures", 0.1,
            "--format", "json",
        )  # fmt: skip
        assert code == 0
        (found[slots],) = json.loads(output)
    assert found[1]["trials"] == found[3]["trials"] == 20
    assert found[3]["seconds"] < 0.6 * found[1]["seconds"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-a", "nope"], "unknown algorithm 'nope'"),
        (["-a", "tpe", "--metric", "speed"], "metric 'speed' is not recorded; there are auroc"),
        (["-a", "tpe", "--metric", "auroc:up"], "metric 'auroc' has direction 'up'; allowed are"),
        (["-a", "tpe", "--set", "gama=1"], "unknown setting 'gama'"),
    ],
)
def test_wrong_words_end_in_a_message(
    eegtune: Invoke, table: Path, words: list[str], message: str
) -> None:
    code, _, errors = eegtune("replay", table, *words)
    assert code == 2
    assert message in errors


def test_a_file_that_is_no_table(eegtune: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    code, _, errors = eegtune("replay", path, "-a", "tpe")
    assert (code, "a table needs columns `param:NAME`" in errors) == (2, True)
