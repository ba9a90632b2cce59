from __future__ import annotations

from pathlib import Path

import pytest
import torch

from trial_runner.errors import UsageError
from trial_runner.training.checkpoint_place import FolderPlace
from trial_runner.training.checkpoints import CheckpointSeries, load_of_trial, open_series


def series(folder: Path, trial: str = "", **options: float) -> CheckpointSeries:
    return CheckpointSeries(FolderPlace(folder), "probe-key", trial, **options)  # type: ignore[arg-type]


def steps(folder: Path) -> list[str]:
    names = sorted(path.name for path in (folder / "probe-key").iterdir())
    return [name.rsplit("-", 1)[0].lstrip("0") for name in names]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    state = {"weights": torch.arange(3.0), "lines": [{"epoch": 1, "val_auroc": 0.5}], "x": "text"}
    series(tmp_path / "new").save(7, state)
    loaded = series(tmp_path / "new").load()
    assert loaded is not None
    assert loaded.step == 7
    torch.testing.assert_close(loaded.state.pop("weights"), state.pop("weights"))
    assert loaded.state == state


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    kept = series(tmp_path)
    for step, is_best in ((1, True), (2, True), (3, False), (4, False), (10, False)):
        kept.save(step, {"step": step}, is_best=is_best)
    assert steps(tmp_path) == ["2-best", "4", "10"]
    loaded = [kept.load(most) for most in (None, 9, 3, 1)]
    assert [each and each.state["step"] for each in loaded] == [10, 4, 2, None]


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped"])
def test_of_a_damaged_checkpoint_the_one_before_is_used(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = series(tmp_path)
    for step in (1, 2):
        kept.save(step, {"weights": torch.full((1000,), float(step))})
    (newest,) = (tmp_path / "probe-key").glob("00000002-*")
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"truncated": content[: len(content) // 2], "empty": b"", "flipped": content}
    newest.write_bytes(damaged[damage])
    loaded = kept.load()
    assert loaded is not None
    assert (loaded.step, float(loaded.state["weights"][0])) == (1, 1.0)
    assert "is truncated or damaged; the one before it is used" in capsys.readouterr().err
    for path in (tmp_path / "probe-key").iterdir():
        path.write_bytes(b"torn")
    assert kept.load() is None
    assert "training starts anew" in capsys.readouterr().err


def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert series(tmp_path).load() is None
    assert capsys.readouterr().err == ""


def test_a_place_that_cannot_be_written_ends_no_trial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    series(tmp_path / "file").save(1, {})
    assert "cannot be written" in capsys.readouterr().err


def test_a_child_finds_its_parent_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = series(tmp_path, "run-m0-g1")
    for step in (4, 8):
        parent.save(step, {"step": step})
    found = load_of_trial(FolderPlace(tmp_path), "run-m0-g1")
    assert found is not None
    assert (found.step, found.state) == (8, {"step": 8})
    assert load_of_trial(FolderPlace(tmp_path), "run-m1-g1") is None
    assert "the parent run-m1-g1 has left no checkpoint" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no trial's name"):
        load_of_trial(FolderPlace(tmp_path), "../run-m0-g1")


def test_how_often_one_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not series(tmp_path, seconds_between=1000.0).is_due
    assert series(tmp_path, seconds_between=0.0).is_due
    monkeypatch.setenv("EEGTUNE_CHECKPOINT_SECONDS", "0")
    assert open_series(str(tmp_path), "x").is_due
    for text in ("soon", "-1", "nan"):
        monkeypatch.setenv("EEGTUNE_CHECKPOINT_SECONDS", text)
        with pytest.raises(UsageError, match="EEGTUNE_CHECKPOINT_SECONDS is"):
            open_series(str(tmp_path), "x")
