from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.components.eegpt import COMPONENT
from trial_runner.errors import DataError, TrialError, UsageError
from trial_runner.scoring.intervals import score_intervals
from trial_runner.scoring.predictions import load_predictions

TINY = (
    "--embed_dim=32", "--num_heads=4", "--mlp_ratio=2", "--depth=1", "--embed_num=1",
    "--patch_size=32", "--warmup_epochs=1", "--layer_decay=1", "--folds=2", "--batch_size=32",
    "--time_mask_ratio=0", "--channel_mask_ratio=0", "--reconstruction_weight=0.1",
)  # fmt: skip
DATA = "simulation:subjects=16,windows=20,window_seconds=1,sfreq_hz=128,evoked_microvolts={}"


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))


def _run(*words: str, microvolts: int = 25) -> None:
    from trial_runner.components.eegpt.trial import run

    given = {word.partition("=")[0] for word in words}
    kept = [word for word in TINY if word.partition("=")[0] not in given]
    data = [] if "--data" in given else [f"--data={DATA.format(microvolts)}"]
    run(parse_arguments(COMPONENT, [*data, *kept, *words]))


def _last(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    line = capsys.readouterr().out.splitlines()[-1]
    pairs = (word.partition("=") for word in line.split()[1:])
    return {name: float(value) for name, _, value in pairs}


def test_fine_tuning_learns_what_is_planted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run("--cache=none", "--split=test", "--max_epochs=12", "--learning_rate=3e-3",
         "--folds_used=1")  # fmt: skip
    assert _last(capsys)["test_auroc"] > 0.6
    known = load_predictions(tmp_path / "predictions.npz")
    interval = score_intervals(known, ["auroc"], resamples=500)["auroc"].interval
    assert interval.low > 0.5


def test_a_head_on_frozen_features_shares_them_between_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--mode=probe", f"--cache={tmp_path}", "--max_epochs=3")
    _run(*words, "--learning_rate=1e-2")
    first = capsys.readouterr()
    assert "880 patches, 880 of them different, 880 computed" in first.err
    _run(*words, "--learning_rate=1e-2")
    again = capsys.readouterr()
    assert "880 of them different, 0 computed" in again.err
    assert _without_times(again.out) == _without_times(first.out)
    (stored,) = (path for path in tmp_path.rglob("*.npz") if path.stat().st_size > 10_000)
    stored.write_bytes(stored.read_bytes()[:2000])
    _run(*words, "--learning_rate=1e-2")
    mended = capsys.readouterr()
    assert "cannot be read" in mended.err
    assert "880 of them different, 880 computed" in mended.err
    assert _without_times(mended.out) == _without_times(first.out)


def _without_times(lines: str) -> list[list[str]]:
    return [line.split()[1:] for line in lines.splitlines()]


def test_pre_trained_weights_are_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run("--mode=pretrain", "--cache=none", "--max_epochs=2", "--batch_size=16")
    scores = _last(capsys)
    assert {"val_alignment", "val_reconstruction", "val_contrastive"} <= set(scores)
    weights = tmp_path / "encoder.pt"
    _run("--use_pretrained", f"--weights={weights}", "--cache=none", "--max_epochs=1")
    found = capsys.readouterr()
    assert "weights: 18 of the encoder's 18 tensors matched" in found.err
    assert "encoder of 1 layers, width 32, 4 heads" in found.err
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(DataError, match="cannot be read, it may be cut short"):
        _run("--use_pretrained", f"--weights={weights}", "--max_epochs=1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--embed_dim=512", "--num_heads=12"), "12, which does not divide --embed_dim 512"),
        (("--use_pretrained",), "--use_pretrained needs --weights"),
        (("--use_pretrained", "--weights=nowhere.pt"), "there is no file nowhere.pt"),
        (("--batch_size=400", "--cache=none", "--max_epochs=1"), "--batch_size is 400, but a"),
        (("--patch_size=256", "--cache=none"), "windows have 128 samples, but --patch_size is"),
        (("--schedule_epochs=3", "--max_epochs=4"), "--schedule_epochs is 3, below"),
        (("--data_fraction=2", "--cache=none"), "allowed is a number above 0 to 1"),
        (("--ema=1",), "--ema is '1'"),
        (("--unit_microvolts=x",), "--unit_microvolts is 'x'"),
    ],
)
def test_what_cannot_be_done(words: tuple[str, ...], message: str) -> None:
    with pytest.raises((UsageError, TrialError), match=message):
        _run(*words)


def test_ema_resuming_and_less_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(*words: str) -> list[list[str]]:
        _run("--cache=none", "--schedule_epochs=3", "--ema=0.9", "--data_fraction=0.5",
             "--drop_rate=0.1", "--noise_level=0.02", *words)  # fmt: skip
        return [line.split()[1:] for line in capsys.readouterr().out.splitlines()]

    whole = lines("--max_epochs=3")
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "checkpoints"))
    lines("--max_epochs=1")
    assert lines("--max_epochs=3") == whole
    checkpoint = max((tmp_path / "checkpoints").glob("eegpt-*/*.pt"))
    with pytest.raises(UsageError, match="embed_dim \\(32 → 64\\) may not change"):
        lines("--max_epochs=3", f"--resume_from={checkpoint}", "--embed_dim=64")


def test_frozen_features_are_those_of_the_whole_window() -> None:
    import torch

    from trial_runner.components.eegpt.architecture import Architecture, build_encoder
    from trial_runner.components.eegpt.patch_features import Store, encode, frozen_features

    torch.manual_seed(0)
    shape = Architecture(32, 32, 4, 2.0, 2, 2)
    channels = ("Fz", "Cz", "Pz", "EEG T3-REF")
    one = build_encoder(shape, channels, 32)
    whole = build_encoder(shape, channels, 128)
    whole.target_encoder.load_state_dict(one.target_encoder.state_dict())
    recording = np.random.default_rng(0).standard_normal((4, 512)).astype(np.float32)
    windows = np.stack([recording[:, start : start + 128] for start in range(0, 385, 32)])
    found = frozen_features(one, windows, Store(None))
    with torch.no_grad():
        expected = whole.eval()(torch.from_numpy(windows)).flatten(2).numpy()
    assert np.allclose(found, expected, atol=1e-5)
    # Bit by bit the same in whatever window and batch a patch lies.
    assert np.array_equal(found[0, 1:], found[1, :-1])
    patches = recording.reshape(4, 16, 32).transpose(1, 0, 2)
    shuffled = np.random.default_rng(1).permutation(16)
    assert np.array_equal(encode(one, patches)[shuffled], encode(one, patches[shuffled]))


def test_channels_that_are_not_known() -> None:
    from trial_runner.components.eegpt.architecture import known_channels

    assert known_channels(["EEG FP1-REF", "EEG T3", "Cz."]) == ["FP1", "T7", "CZ"]
    with pytest.raises(DataError, match=r"does not know 2 of 3 channels: A1-Cz, ECG"):
        known_channels(["A1-Cz", "Fz", "ECG"])


def test_halves_that_belong_together_are_known() -> None:
    import torch

    from trial_runner.components.eegpt.network import HalvesLoss

    eye = torch.eye(8)
    alike = torch.stack([eye, eye], dim=1)
    other = torch.stack([eye, eye.roll(1, 0)], dim=1)
    assert float(HalvesLoss()(alike)) < 0.01 < 5 < float(HalvesLoss()(other))
