"""Persons are easy to recognise, and each has one label drawn by a coin: nothing can be learnt.

Every component runs through its own entry point, on folds and on test data. Held-out persons'
labels are coin flips that no training row tells anything about, so with n of them

- the accuracy on folds exceeds 1/2 + √(ln(1/α) / 2n) with a probability of at most α
  (Hoeffding 1963; folds that are balanced by class only make it smaller),
- the number of test persons recognised is binomial (n, 1/2).

The bounds follow from n and α alone. Where every window claims to be a person of its own, so that
splits tear persons apart, the same runs must exceed them: the tests can fail.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trial_runner.cli import main
from trial_runner.components import component_names
from trial_runner.scoring.predictions import load_predictions
from trial_runner.simulation.montage import CHANNELS_1020

ALPHA = 1e-4
PERSONS, WINDOWS = 60, 8
Run = Callable[..., tuple[float, int]]

COMPONENTS = {
    "linear_probe": ("--features=band_power", "--max_epochs=30", "--warmup_steps=0",
                     "--learning_rate=0.01", "--dropout_rate=0", "--folds=4"),
    "automl": ("--features=band_power", "--estimators=lrl1", "--time_budget_seconds=6",
               "--folds=4", "--inner_folds=2"),
    "sleep": ("--classifier=rf", "--n_estimators=20", "--max_depth=12", "--folds=4"),
    "autoreject": ("--threshold_microvolts=200", "--consensus=0.2"),
    "eegpt": ("--mode=probe", "--embed_dim=96", "--num_heads=4", "--depth=1", "--embed_num=4",
              "--patch_size=32", "--warmup_epochs=0", "--max_epochs=15", "--learning_rate=0.01",
              "--weight_decay=1e-6", "--time_mask_ratio=0", "--channel_mask_ratio=0",
              "--noise_level=0", "--folds=4"),
    "emotion": ("--max_epochs=15", "--blocks=1", "--filters_1=32", "--lstm_units=32",
                "--conv_dropout=0", "--recurrent_dropout=0", "--dense_dropout=0",
                "--learning_rate=0.01", "--folds=4"),
    "activity": ("--window_seconds=0.64", "--max_epochs=4", "--hidden_dim=32", "--lr=0.005",
                 "--batch_size=32", "--folds=4"),
    "efficiency": ("--model_size=small", "--shrink=8", "--depth=1", "--batch_size=16",
                   "--max_epochs=10", "--learning_rate=0.01", "--repeats=3", "--folds=4"),
}  # fmt: skip
PACKAGES = {"automl": "flaml", "sleep": "sklearn", "autoreject": "mne"}


def _coins(seed: int) -> np.ndarray:
    return np.random.default_rng((seed, 7)).integers(0, 2, PERSONS)


def _recordings(folder: Path, seed: int, torn: bool) -> str:
    """Write windows in which each person has own amplitudes by channel and rhythm."""
    rng = np.random.default_rng(seed)
    rhythms = np.repeat(np.arange(4), [4, 4, 5, 20])  # by frequency, 0 to 32 Hz
    channels = len(CHANNELS_1020)
    amplitudes = 20e-6 * np.exp(rng.normal(0, 1.0, (PERSONS, 1, channels, 4)))[..., rhythms]
    noise = np.fft.rfft(rng.standard_normal((PERSONS, WINDOWS, channels, 64)))
    return _written(folder, np.fft.irfft(amplitudes * noise), seed, torn)


def _responses(folder: Path, seed: int, torn: bool) -> str:
    """Write windows in which each person shows a response of an own course."""
    rng = np.random.default_rng(seed)
    channels = len(CHANNELS_1020)
    courses = rng.standard_normal((PERSONS, 1, channels, 64))
    noise = 0.03 * rng.standard_normal((PERSONS, WINDOWS, channels, 64))
    return _written(folder, 20e-6 * (courses + noise), seed, torn)


def _written(folder: Path, signal: np.ndarray, seed: int, torn: bool) -> str:
    """Write the persons' windows (persons, windows, channels, samples) as a data set."""
    for person, label in enumerate(_coins(seed)):
        for part, rows in enumerate(np.array_split(np.arange(WINDOWS), WINDOWS if torn else 1)):
            np.savez(
                folder / f"P{person}x{part}.npz", signal=signal[person, rows], sfreq_hz=64,
                channels=CHANNELS_1020, labels=np.full(len(rows), "ab"[label]),
            )  # fmt: skip
    (folder / "dataset.yaml").write_text(
        "name: coins\nfiles: (?P<subject>\\w+)\\.npz\nclasses: [a, b]\ntest_subjects_share: 0.4\n"
    )
    return str(folder)


def _night_table(folder: Path, seed: int, torn: bool) -> str:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PERSONS), WINDOWS)
    features = rng.normal(0, 1, (PERSONS, 12))[person] + rng.normal(0, 0.1, (len(person), 12))
    claimed = np.arange(len(person)) if torn else person
    np.savez(
        folder / "coins.npz",
        X=features,
        y=2 * _coins(seed)[person],
        subject=claimed,
        night=claimed,
    )
    return str(folder / "coins.npz")


def _judged_epochs(folder: Path, seed: int, torn: bool) -> str:
    """Write epochs, a third of the persons' much larger; an expert who tosses coins, or sees."""
    rng = np.random.default_rng(seed)
    for person, label in enumerate(_coins(seed)):
        large = rng.random() < 0.4
        signal = (60e-6 if large else 15e-6) * rng.standard_normal((4, len(CHANNELS_1020), 64))
        bad = np.full(4, large if torn else bool(label))
        np.savez(
            folder / f"P{person}.npz", signal=signal, channels=CHANNELS_1020, sfreq_hz=64,
            bad_epochs=bad,
        )  # fmt: skip
    return str(folder)


def _sensors(folder: Path, seed: int, torn: bool) -> str:
    """Write movements as the package seglearn has them; each person makes one of an own."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PERSONS), WINDOWS)
    movements = rng.standard_normal((PERSONS, 32, 6))[person]
    stored = {
        "X": list(movements + 0.2 * rng.standard_normal((len(person), 32, 6))),
        "y": _coins(seed)[person],
        "subject": np.arange(len(person)) if torn else person,
        "y_labels": ["a", "b"],
    }
    package = folder / "seglearn" / "data"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    np.save(package / "watch_dataset.npy", stored, allow_pickle=True)
    return "watch"


DATA = {
    "linear_probe": _recordings,
    "automl": _recordings,
    "sleep": _night_table,
    "autoreject": _judged_epochs,
    "eegpt": _responses,
    "emotion": _night_table,
    "activity": _sensors,
    "efficiency": _responses,
}
IN_ENTRIES = (_recordings, _responses)  # say themselves who is kept for the test


@pytest.fixture
def accuracy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    monkeypatch.delenv("CHECKPOINTS", raising=False)

    def run(component: str, split: str, seed: int, torn: bool = False) -> tuple[float, int]:
        pytest.importorskip(PACKAGES.get(component, "torch"))
        folder = tmp_path / f"{seed}{torn}"
        folder.mkdir()
        monkeypatch.delitem(sys.modules, "seglearn", raising=False)
        monkeypatch.syspath_prepend(folder)
        data = DATA[component](folder, seed, torn)
        words = [f"--data={data}", f"--split={split}", "--cache=none"]
        assert main([component, *words, *COMPONENTS[component]]) == 0, capfd.readouterr().err
        if split == "test":
            return _recognised(tmp_path / "predictions.npz")
        name = "val_agreement" if component == "autoreject" else "val_accuracy"
        found = re.findall(rf" {name}=(\S+)", capfd.readouterr().out)
        share = 0.6 if DATA[component] in IN_ENTRIES else 0.7  # the rest is for the test
        return float(found[-1]), round(PERSONS * share)

    return run


def _recognised(path: Path) -> tuple[float, int]:
    """Return the share of the persons whose label was said for most of their windows."""
    said = load_predictions(path)
    right = np.bincount(said.unit_of, said.probability[0].argmax(axis=1) == said.y_true)
    return float((right > np.bincount(said.unit_of) / 2).mean()), said.unit_count


def _bound(split: str, persons: int) -> float:
    """Return the accuracy that chance exceeds with a probability of at most ALPHA."""
    if split == "test":
        return float(stats.binom.isf(ALPHA, persons, 0.5)) / persons
    return 0.5 + math.sqrt(math.log(1 / ALPHA) / (2 * persons))


def test_no_component_is_left_out() -> None:
    assert set(COMPONENTS) == set(component_names())


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("component", COMPONENTS)
def test_components_score_at_chance(component: str, split: str, accuracy: Run) -> None:
    share, persons = accuracy(component, split, seed=0)
    assert share <= _bound(split, persons)


@pytest.mark.parametrize("component", COMPONENTS)
def test_torn_persons_would_be_noticed(component: str, accuracy: Run) -> None:
    share, persons = accuracy(component, "validation", seed=0, torn=True)
    assert share > _bound("validation", persons)
