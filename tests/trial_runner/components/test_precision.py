"""Each deep component trains in bf16, which is what it takes by itself on a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from trial_runner.cli import main

COMMON = ("--folds=2", "--batch_size=8", "--max_epochs=1", "--device=cpu", "--precision=bf16")
EEGPT = (
    "eegpt", "--data=simulation:subjects=6,windows=8,window_seconds=1,sfreq_hz=64",
    "--cache=none", "--embed_dim=16", "--num_heads=2", "--depth=1", "--embed_num=1",
    "--patch_size=16", "--warmup_epochs=0",
)  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("emotion", "--dummy-data"),
        ("activity", "--data=simulation:seconds=12", "--hidden_dim=16"),
        (*EEGPT, "--mode=finetune"),
        (*EEGPT, "--mode=probe"),
        (*EEGPT, "--mode=pretrain"),
    ],
    ids=["emotion", "activity", "finetune", "probe", "pretrain"],
)
def test_it_trains_in_bf16(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    assert main([*words, *COMMON]) == 0
    assert " epoch=1 val_" in capsys.readouterr().out
