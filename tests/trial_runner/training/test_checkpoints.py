from __future__ import annotations

from pathlib import Path

import pytest
import torch

from trial_runner.training.checkpoints import load_checkpoint, save_checkpoint


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    state = {"weights": torch.arange(3.0), "lines": [{"epoch": 1, "val_auroc": 0.5}], "x": "text"}
    save_checkpoint(tmp_path / "new" / "a.pt", state)
    loaded = load_checkpoint(tmp_path / "new" / "a.pt")
    assert loaded is not None
    torch.testing.assert_close(loaded.pop("weights"), state.pop("weights"))
    assert loaded == state
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.pt"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"something else"])
def test_a_damaged_checkpoint_starts_anew(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pt").write_bytes(content)
    assert load_checkpoint(tmp_path / "a.pt") is None
    assert "training starts anew" in capsys.readouterr().err


def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_checkpoint(tmp_path / "a.pt") is None
    assert capsys.readouterr().err == ""


def test_a_disk_that_cannot_be_written_ends_no_trial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    save_checkpoint(tmp_path / "file" / "a.pt", {})
    assert "cannot be written" in capsys.readouterr().err
