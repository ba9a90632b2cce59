"""What a user can get wrong in a training: a sentence, a non-zero exit, earlier results kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from trial_runner.cli import main

SMALL = ("--folds=2", "--max_epochs=1", "--cache=none")
EEGPT = (
    *SMALL, "--embed_dim=16", "--num_heads=2", "--depth=1", "--embed_num=1", "--patch_size=16",
    "--warmup_epochs=0", "--batch_size=16",
)  # fmt: skip
SIMULATION = "--data=simulation:subjects=6,windows=8,window_seconds=1,sfreq_hz=64"


@pytest.fixture(autouse=True)
def artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "artefacts"))
    for name in ("CHECKPOINTS", "KATIB_TRIAL_NAME", "EEGTUNE_PARENT", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "artefacts"


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]):
    """Run a trial that must fail; return what it says."""

    def run(*words: str) -> str:
        capsys.readouterr()
        last = {word.partition("=")[0]: word for word in words}  # of twice given ones the later
        assert main(list(last.values())) not in (0, None)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "nan" not in said.out
        return said.err

    return run


def _table(path: Path, **arrays: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    whole = {
        "X": rng.standard_normal((60, 8)).astype(np.float32),
        "y": np.tile(["calm", "tense"], 30),
        "subject": np.repeat([f"S{n}" for n in range(6)], 10),
    }
    np.savez(path, **{**whole, **arrays})
    return f"--data={path}"


def _recordings(folder: Path, labels: np.ndarray, shape: tuple[int, ...]) -> str:
    """Six subjects of ten windows each, as arrays."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for subject in range(6):
        signal = 1e-5 * rng.standard_normal(shape)
        facts = {"channels": np.array(["Fz", "Cz", "Pz"]), "sfreq_hz": np.array(64.0)}
        np.savez(folder / f"S{subject}.npz", signal=signal, labels=labels, **facts)
    (folder / "dataset.yaml").write_text(
        "name: mine\nfiles: S(?P<subject>\\d+)\\.npz\nclasses: [a, b]\n"
        "window_seconds: 1\ntest_subjects_share: 0.3\n"
    )
    return f"--data={folder}"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": np.zeros((60, 8, 2), np.float32)}, "shape (60, 8, 2)"),
        ({"X": np.zeros((59, 8), np.float32)}, "shape (59, 8), with 60 labels"),
        ({"X": np.full((60, 8), np.nan, np.float32)}, "row 0, feature 0 is no finite number"),
        ({"y": np.full(60, "calm")}, "has only the class calm; two are needed"),
    ],
)
def test_a_table_of_the_wrong_shape(tmp_path: Path, refused, arrays, message: str) -> None:
    assert message in refused("emotion", _table(tmp_path / "t.npz", **arrays), *SMALL)


@pytest.mark.parametrize("size", [0, 400])
def test_a_table_that_is_cut_short(tmp_path: Path, refused, size: int) -> None:
    data = _table(tmp_path / "t.npz")
    path = tmp_path / "t.npz"
    path.write_bytes(path.read_bytes()[:size])
    assert "cannot be read, it may be cut short" in refused("emotion", data, *SMALL)


def test_a_configuration_that_is_no_text(tmp_path: Path, refused) -> None:
    path = tmp_path / "configuration.yaml"
    path.write_bytes(b"base: \xcd\xff")
    told = refused("activity", "--data=simulation", f"--configuration={path}", *SMALL)
    assert "configuration.yaml is no YAML" in told


def test_a_loss_that_is_no_number_names_the_step_and_the_learning_rate(
    tmp_path: Path, refused
) -> None:
    huge = np.full((60, 8), 3e38, np.float32) * np.resize([1, -1], (60, 8)).astype(np.float32)
    told = refused("emotion", _table(tmp_path / "t.npz", X=huge), *SMALL, "--batch_size=16")
    assert "diverged: the loss of step 1 (epoch 1) is no finite number" in told
    assert "at learning rate 0.001; lower the learning rate" in told


def test_windows_of_the_wrong_shape(tmp_path: Path, refused) -> None:
    labels = np.tile(["a", "b"], 5)
    told = refused("eegpt", _recordings(tmp_path / "d", labels, (10, 4, 64)), *EEGPT)
    assert "4 channels" in told
    assert "channels names 3" in told
    told = refused("eegpt", _recordings(tmp_path / "e", labels, (9, 3, 64)), *EEGPT)
    assert "labels has shape (10,), signal (9, 3, 64)" in told


def test_labels_that_are_no_class(tmp_path: Path, refused) -> None:
    labels = np.tile(["a", "c"], 5)
    told = refused("eegpt", _recordings(tmp_path / "d", labels, (10, 3, 64)), *EEGPT)
    assert "label 'c' is none of the classes" in told


def test_a_fold_without_a_class(refused) -> None:
    more = SIMULATION.replace("subjects=6", "subjects=12")
    told = refused("eegpt", f"{more},labels=subject", *EEGPT, "--folds=5")
    assert "has nothing of class" in told
    assert "use fewer --folds" in told


def test_a_class_that_one_person_shows_is_refused_or_said_to_be_missing(
    tmp_path: Path, refused, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = np.where(np.arange(60) < 3, "angry", "calm")
    people = np.repeat([f"S{n}" for n in range(12)], 5)
    data = _table(tmp_path / "t.npz", y=labels, subject=people)
    folds = [word for word in SMALL if "folds" not in word]
    words = (data, *folds, "--folds=3", "--batch_size=4")
    told = refused("emotion", *words)
    assert "fold 1 of 3 has nothing of class angry for training" in told
    assert "use fewer --folds, or --missing_classes=allow" in told
    assert main(["emotion", *words, "--missing_classes=allow"]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "nothing of" in line]
    assert [line.split(" has ")[1] for line in said if "training" in line] == [
        "nothing of angry for training: cannot be recognised there"
    ]
    assert [line.split(" has ")[1] for line in said if "validation" in line] == [
        "nothing of angry for validation: not scored there"
    ] * 2


def test_a_checkpoint_of_another_architecture(
    tmp_path: Path, refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "c"))
    assert main(["eegpt", SIMULATION, *EEGPT]) == 0
    checkpoint = next((tmp_path / "c").glob("eegpt-*/*.pt"))
    before = checkpoint.read_bytes()
    more = ("--max_epochs=2", f"--resume_from={checkpoint}")
    assert "embed_dim (16 → 32) may not change" in refused(
        "eegpt", SIMULATION, *EEGPT, *more, "--embed_dim=32"
    )
    # The depth is an option, which the checkpoint does not name; its tensors tell.
    told = refused("eegpt", SIMULATION, *EEGPT, *more, "--depth=2")
    assert "checkpoint is of another architecture" in told
    assert len(told) < 1000  # not one name after another of hundreds of tensors
    cut = tmp_path / "cut.pt"
    cut.write_bytes(checkpoint.read_bytes()[:3000])
    assert "cannot be read" in refused(
        "eegpt", SIMULATION, *EEGPT, "--max_epochs=2", f"--resume_from={cut}"
    )
    assert "cannot be read" in refused(
        "emotion", "--dummy-data", *SMALL, f"--resume_from={__file__}"
    )
    assert checkpoint.read_bytes() == before  # what was there is kept


def test_weights_that_are_cut_short(tmp_path: Path, refused) -> None:
    whole = tmp_path / "weights.pt"
    torch.save({"state_dict": {"summary_token": torch.zeros(1000)}}, whole)
    whole.write_bytes(whole.read_bytes()[:1500])
    told = refused("eegpt", SIMULATION, *EEGPT, "--use_pretrained", f"--weights={whole}")
    assert "cannot be read, it may be cut short" in told


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("component", ["eegpt", "emotion", "activity", "efficiency"])
def test_a_gpu_that_is_not_there(refused, component: str) -> None:
    own = {
        "eegpt": (SIMULATION, *EEGPT),
        "emotion": ("--dummy-data", *SMALL),
        "activity": ("--data=simulation", *SMALL),
        "efficiency": (SIMULATION, *SMALL, "--shrink=16", "--depth=1"),
    }
    told = refused(component, *own[component], "--device=cuda")
    assert "--device is 'cuda', but there is no GPU" in told


@pytest.mark.parametrize("component", ["emotion", "activity", "efficiency"])
def test_a_batch_larger_than_the_data(refused, component: str) -> None:
    data = "--dummy-data" if component == "emotion" else "--data=simulation"
    shrunk = ("--shrink=16", "--depth=1") if component == "efficiency" else ()
    told = refused(component, data, *SMALL, *shrunk, "--batch_size=60000")
    assert "--batch_size is 60000, but a fold trains on" in told


def test_earlier_results_are_kept(artefacts: Path, refused) -> None:
    assert main(["emotion", "--dummy-data", *SMALL]) == 0
    before = {path.name: path.read_bytes() for path in artefacts.iterdir()}
    assert before
    refused("emotion", "--dummy-data", *SMALL, "--batch_size=60000")
    assert {path.name: path.read_bytes() for path in artefacts.iterdir()} == before
