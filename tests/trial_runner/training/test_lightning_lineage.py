"""Trainings by Lightning that are cut into rungs, or handed from parent to child, go on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trial_runner.cli import main
from trial_runner.training import folded
from trial_runner.training.checkpoint_cleanup import collect
from trial_runner.training.checkpoint_place import FolderPlace

Line = dict[str, float]
FIXED = ("--dummy-data", "--blocks=1", "--use_lstm=false")
SMALL = ("--folds=2", "--filters_1=32")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("EEGTUNE_CHECKPOINT_SECONDS", "0")
    for name in ("KATIB_TRIAL_NAME", "EEGTUNE_PARENT", "EEGTUNE_REPLICATE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "checkpoints"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number from 0 of each epoch that is really trained."""
    epochs: list[int] = []
    begin = folded.FoldedClassifier.on_train_epoch_start

    def counted(module: folded.FoldedClassifier) -> None:
        epochs.append(module.current_epoch)
        begin(module)

    monkeypatch.setattr(folded.FoldedClassifier, "on_train_epoch_start", counted)
    return epochs


def trial(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[Line], str]:
    given = {word.partition("=")[0] for word in words}
    small = [word for word in SMALL if word.partition("=")[0] not in given]
    assert main(["emotion", *FIXED, *small, *words]) == 0
    said = capsys.readouterr()
    found = [re.findall(r"(\w+)=(\S+)", line) for line in said.out.splitlines()]
    return [{name: float(value) for name, value in line} for line in found], said.err


def test_rungs_equal_the_uncut_training(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    trained: list[int],
) -> None:
    monkeypatch.delenv("CHECKPOINTS")
    whole, _ = trial(capsys, "--schedule_epochs=4", "--max_epochs=4")
    monkeypatch.setenv("CHECKPOINTS", str(folder))
    trained.clear()
    trial(capsys, "--schedule_epochs=4", "--max_epochs=2", "--trial_name=low")
    higher, _ = trial(capsys, "--schedule_epochs=4", "--max_epochs=4", "--trial_name=high")
    assert trained == [0, 1, 2, 3]
    assert higher == whole
    again, _ = trial(capsys, "--schedule_epochs=4", "--max_epochs=4", "--trial_name=high")
    assert (len(trained), again) == (4, whole)
    # A lower rung that is run again starts from what it would do, not from the higher one's end.
    (series,) = folder.glob("emotion-*")
    steps = sorted({int(path.name[:8]) for path in series.iterdir()})
    assert steps[-2:] == [3, 4]


def test_a_child_goes_on_from_its_parent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, trained: list[int]
) -> None:
    trial(capsys, "--schedule_epochs=4", "--max_epochs=2", "--trial_name=parent")
    monkeypatch.setenv("EEGTUNE_PARENT", "parent")
    child = ("--schedule_epochs=4", "--max_epochs=4", "--trial_name=child", "--learning_rate=2e-3")
    lines, _ = trial(capsys, *child)
    assert trained == [0, 1, 2, 3]
    assert [line["epoch"] for line in lines[:-1]] == [3, 4]
    assert lines[-1]["best_epoch"] in (3, 4)
    again, _ = trial(capsys, *child)
    assert (len(trained), again) == (4, lines)


@pytest.mark.parametrize("other", ["--filters_1=64", "--folds=3"])
def test_a_parent_that_does_not_fit_is_not_continued(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    trial(capsys, "--max_epochs=1", "--trial_name=parent")
    monkeypatch.setenv("EEGTUNE_PARENT", "parent")
    lines, told = trial(capsys, "--max_epochs=1", "--trial_name=child", other)
    assert [line["epoch"] for line in lines[:-1]] == [1]
    assert "the parent has other data, folds, layers or code; training starts anew" in told


def test_what_nothing_goes_on_from_is_found_and_deleted(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    trial(capsys, "--max_epochs=1", "--trial_name=a")
    trial(capsys, "--max_epochs=1", "--trial_name=b", "--learning_rate=2e-3")
    assert collect(FolderPlace(folder), ["a", "b"], keep=["b"]) == 1
    assert len(list(folder.glob("emotion-*"))) == 1


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    capsys: pytest.CaptureFixture[str], folder: Path, trained: list[int]
) -> None:
    trial(capsys, "--schedule_epochs=3", "--max_epochs=2", "--trial_name=a")
    newest = max(folder.glob("emotion-*/00000002*"))
    newest.write_bytes(newest.read_bytes()[:1000])
    trained.clear()
    _, told = trial(capsys, "--schedule_epochs=3", "--max_epochs=3", "--trial_name=a")
    assert trained == [1, 2]
    assert "is truncated or damaged; the one before it is used" in told
