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
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trial_runner.cli import main
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
}  # fmt: skip
PACKAGES = {"linear_probe": "torch", "automl": "flaml", "sleep": "sklearn", "autoreject": "mne"}


def _coins(seed: int) -> np.ndarray:
    return np.random.default_rng((seed, 7)).integers(0, 2, PERSONS)


def _recordings(folder: Path, seed: int, torn: bool) -> str:
    """Write windows in which each person has own amplitudes by channel and rhythm."""
    rng = np.random.default_rng(seed)
    rhythms = np.repeat(np.arange(4), [4, 4, 5, 20])  # by frequency, 0 to 32 Hz
    channels = len(CHANNELS_1020)
    for person, label in enumerate(_coins(seed)):
        amplitudes = 20e-6 * np.exp(rng.normal(0, 1.0, (channels, 4)))[:, rhythms]
        noise = np.fft.rfft(rng.standard_normal((WINDOWS, channels, 64)))
        signal = np.fft.irfft(amplitudes * noise)
        for part, rows in enumerate(np.array_split(np.arange(WINDOWS), WINDOWS if torn else 1)):
            np.savez(
                folder / f"P{person}x{part}.npz", signal=signal[rows], channels=CHANNELS_1020,
                labels=np.full(len(rows), "ab"[label]), sfreq_hz=64,
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


DATA = {"sleep": _night_table, "autoreject": _judged_epochs}


@pytest.fixture
def accuracy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    monkeypatch.delenv("CHECKPOINTS", raising=False)

    def run(component: str, split: str, seed: int, torn: bool = False) -> tuple[float, int]:
        pytest.importorskip(PACKAGES[component])
        folder = tmp_path / f"{seed}{torn}"
        folder.mkdir()
        data = DATA.get(component, _recordings)(folder, seed, torn)
        words = [f"--data={data}", f"--split={split}", "--cache=none"]
        assert main([component, *words, *COMPONENTS[component]]) == 0, capfd.readouterr().err
        if split == "test":
            return _recognised(tmp_path / "predictions.npz")
        last = dict(one.split("=") for one in capfd.readouterr().out.splitlines()[-1].split()[1:])
        name = "val_agreement" if component == "autoreject" else "val_accuracy"
        share = {"sleep": 0.7, "autoreject": 0.7}.get(component, 0.6)  # the rest is for the test
        return float(last[name]), round(PERSONS * share)

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


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("component", COMPONENTS)
def test_components_score_at_chance(component: str, split: str, accuracy: Run) -> None:
    share, persons = accuracy(component, split, seed=0)
    assert share <= _bound(split, persons)


@pytest.mark.parametrize("component", COMPONENTS)
def test_torn_persons_would_be_noticed(component: str, accuracy: Run) -> None:
    share, persons = accuracy(component, "validation", seed=0, torn=True)
    assert share > _bound("validation", persons)
