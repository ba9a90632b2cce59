"""Each deep component, cut in two and gone on with: lines and weights of the uncut training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from trial_runner.cli import main

EEG = "--data=simulation:subjects=6,windows=12,window_seconds=1,sfreq_hz=64"
COMMON = ("--folds=2", "--schedule_epochs=3", "--batch_size=8")
EEGPT = (
    EEG, "--embed_dim=16", "--num_heads=2", "--depth=1", "--embed_num=1", "--patch_size=16",
    "--warmup_epochs=1", "--noise_level=0.02", *COMMON,
)  # fmt: skip
SMALL = {
    "emotion": ("--dummy-data", "--conv_dropout=0.3", "--recurrent_dropout=0.2", *COMMON),
    "activity": ("--data=simulation:seconds=12", "--hidden_dim=16", *COMMON),
    "efficiency": (EEG, "--cache=none", "--shrink=16", "--depth=1", "--model_size=small", *COMMON),
    "eegpt": (*EEGPT, "--cache=none", "--mode=pretrain"),
    "eegpt finetune": (
        *EEGPT, "--cache=none", "--mode=finetune", "--drop_rate=0.2", "--attn_drop_rate=0.1",
        "--time_mask_ratio=0.2", "--channel_mask_ratio=0.2", "--ema=0.5",
    ),
    # A batch below 32 takes four passes a step, unless only a head is trained.
    "eegpt probe": (*EEGPT, "--cache={cache}", "--mode=probe"),
}  # fmt: skip


@pytest.mark.parametrize("training", SMALL)
def test_a_run_cut_in_two_equals_the_uncut_one(
    training: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    for name in ("KATIB_TRIAL_NAME", "EEGTUNE_PARENT", "EEGTUNE_REPLICATE", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)

    def train(folder: str, epochs: int, *words: str) -> list[str]:
        monkeypatch.setenv("CHECKPOINTS", str(tmp_path / folder))
        small = [word.format(cache=tmp_path / "cache") for word in SMALL[training]]
        words = (f"--max_epochs={epochs}", "--device=cpu", *small, *words)
        assert main([training.split()[0], *words]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.partition(" ")[2] for line in lines if " epoch=" in line]

    whole = train("whole", 3)
    assert [line.split()[0] for line in whole] == ["epoch=1", "epoch=2", "epoch=3"]
    train("cut", 2)
    newest = _newest(tmp_path / "cut")
    assert train("cut", 3) == whole  # found by the hash of all arguments but the resource
    assert train("other", 3, f"--resume_from={newest}") == whole  # found by its name
    expected = _state(tmp_path / "whole")
    for folder in ("cut", "other"):
        assert _equal(_state(tmp_path / folder), expected)


def _newest(folder: Path) -> Path:
    return max(folder.glob("*/*.pt"), key=lambda path: path.name)


def _state(folder: Path) -> dict[str, Any]:
    state = torch.load(_newest(folder), weights_only=True)
    return {name: state[name] for name in ("state_dict", "optimizer_states", "epoch")}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
