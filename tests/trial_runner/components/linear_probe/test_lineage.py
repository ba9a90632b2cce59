"""A training that is killed, cut into rungs, or handed from parent to child, goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main
from trial_runner.components.linear_probe.stack import StackTrainer

RUNNER = str(Path(sys.executable).with_name("trial-runner"))


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EEGTUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "checkpoints"))
    for name in ("KATIB_TRIAL_NAME", "EEGTUNE_PARENT", "EEGTUNE_REPLICATE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "checkpoints"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each epoch that is really trained."""
    epochs: list[int] = []
    train = StackTrainer.train_epoch

    def counted(trainer: StackTrainer) -> np.ndarray:
        epochs.append(1)
        return train(trainer)

    monkeypatch.setattr(StackTrainer, "train_epoch", counted)
    return epochs


def lines(text: str) -> list[dict[str, float]]:
    found = [re.findall(r"(\w+)=(\S+)", line) for line in text.splitlines()]
    return [{name: float(value) for name, value in line} for line in found]


def trial(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, float]]:
    assert main(["linear_probe", "--folds=2", "--schedule_epochs=12", *words]) == 0
    return lines(capsys.readouterr().out)


def test_a_killed_training_goes_on_where_it_stood(
    edf_data_set: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trained: list[int],
) -> None:
    words = ["--folds=2", "--schedule_epochs=4000", f"--data={edf_data_set}", "--patience=100000"]
    monkeypatch.setenv("EEGTUNE_CHECKPOINT_SECONDS", "0")
    process = subprocess.Popen(
        [RUNNER, "linear_probe", *words, "--max_epochs=4000"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        seen = [process.stdout.readline() for _ in range(6)]
        os.kill(process.pid, signal.SIGKILL)
    assert main(["linear_probe", *words, "--max_epochs=40"]) == 0
    again = lines(capsys.readouterr().out)
    assert again[:6] == lines("".join(seen))
    # The sixth line may be out before its checkpoint is, and more epochs may have been kept.
    assert len(trained) <= 40 - 5
    monkeypatch.delenv("CHECKPOINTS")
    assert main(["linear_probe", *words, "--max_epochs=40"]) == 0
    assert lines(capsys.readouterr().out) == again


def test_a_child_goes_on_from_its_parent_with_other_values(
    edf_data_set: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trained: list[int],
) -> None:
    words = (f"--data={edf_data_set}", "--max_epochs=3")
    parent = trial(capsys, *words, "--learning_rate=0.01", "--trial_name=parent")
    trained.clear()
    monkeypatch.setenv("EEGTUNE_PARENT", "parent")
    words = (f"--data={edf_data_set}", "--learning_rate=1e-8", "--trial_name=child")
    child = trial(capsys, *words, "--max_epochs=6")
    assert len(trained) == 3
    assert [line["epoch"] for line in child[:-1]] == [4, 5, 6]
    assert child[-1]["best_epoch"] >= 4  # its parent's epochs are not its own
    # With hardly any learning rate the child's first epoch scores what its parent's last did.
    assert child[0]["val_loss"] == pytest.approx(parent[2]["val_loss"], abs=1e-3)
    trained.clear()
    assert trial(capsys, *words, "--max_epochs=6") == child  # begun again, it goes on too
    assert trained == []
    monkeypatch.setenv("EEGTUNE_PARENT", "child")
    grandchild = trial(capsys, f"--data={edf_data_set}", "--max_epochs=9")
    assert [line["epoch"] for line in grandchild[:-1]] == [7, 8, 9]
    # Where the budget does not grow, each step of a member is as long as the first.
    same = trial(capsys, f"--data={edf_data_set}", "--max_epochs=2")
    assert [line["epoch"] for line in same[:-1]] == [7, 8]


@pytest.mark.parametrize(
    ("parent", "words", "reason"),
    [
        ("nobody", (), "the parent nobody has left no checkpoint; training starts anew"),
        ("parent", ("--use_hidden=true", "--hidden_dim=8"), "has other data, folds, layers"),
        ("parent", ("--seed=1",), "has other data, folds, layers or code"),
    ],
)
def test_a_parent_that_does_not_fit_is_not_continued(
    edf_data_set: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    parent: str,
    words: tuple[str, ...],
    reason: str,
) -> None:
    common = ("linear_probe", "--folds=2", f"--data={edf_data_set}", "--max_epochs=2")
    assert main([*common, "--trial_name=parent"]) == 0
    monkeypatch.setenv("EEGTUNE_PARENT", parent)
    capsys.readouterr()
    assert main([*common, *words]) == 0
    output, notes = capsys.readouterr()
    assert [line["epoch"] for line in lines(output)[:-1]] == [1, 2]
    assert reason in notes


def test_a_parent_without_checkpoints(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHECKPOINTS")
    monkeypatch.setenv("EEGTUNE_PARENT", "parent")
    assert main(["linear_probe", "--folds=2", f"--data={edf_data_set}", "--max_epochs=1"]) == 0
    assert "CHECKPOINTS is not set; training starts anew" in capsys.readouterr().err
