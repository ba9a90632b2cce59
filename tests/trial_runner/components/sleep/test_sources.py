from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.components.sleep.dreams import read_dreams
from trial_runner.components.sleep.sources import FeatureNights, find_nights
from trial_runner.components.sleep.stored import read_night
from trial_runner.errors import DataError, DataNotFoundError

DREAMS = Path(__file__).parents[5] / "shared" / "data" / "dreams"


def _write_night(path: Path, **arrays: object) -> None:
    everything = {
        "signal": 1e-5 * np.random.default_rng(0).standard_normal((1, 50 * 120)),
        "channels": np.array(["EEG"]),
        "sfreq_hz": 50.0,
        "hypnogram": np.array([0, 1, 2, -1]),
    } | arrays
    np.savez(path, **everything)


def _write_dreams(folder: Path, samples: int = 6000, codes: tuple[int, ...] = (5,) * 12) -> Path:
    path = folder / "excerpt1.txt"
    path.write_text("[C3-A1]\n" + "\n".join(["10.5"] * samples))
    path.with_name("Hypnogram_excerpt1.txt").write_text(
        "[Hypnogram]\n" + "\n".join(map(str, codes))
    )
    return path


def test_dreams_marks_every_five_seconds(tmp_path: Path) -> None:
    path = _write_dreams(tmp_path, codes=(5,) * 6 + (2, 2, 2, 0, 1, 3))
    night = read_dreams(path, path.with_name("Hypnogram_excerpt1.txt"))
    assert night.sfreq_hz == 100.0
    assert night.channels == ("C3-A1",)
    assert night.hypnogram.tolist() == [0, 2]  # S2 for half of the epoch, S3 and S4 for a third
    np.testing.assert_allclose(night.signal, 10.5e-6)


@pytest.mark.parametrize(
    ("code", "stage"), [(5, 0), (4, 4), (3, 1), (2, 2), (1, 3), (0, 3), (-1, -1)]
)
def test_dreams_stages(tmp_path: Path, code: int, stage: int) -> None:
    path = _write_dreams(tmp_path, codes=(code,) * 12)
    night = read_dreams(path, path.with_name("Hypnogram_excerpt1.txt"))
    assert night.hypnogram.tolist() == [stage, stage]


def test_dreams_of_another_length_is_named(tmp_path: Path) -> None:
    path = _write_dreams(tmp_path, samples=6001)
    with pytest.raises(DataError, match=r"covers 60 s, excerpt1\.txt has 6001 samples"):
        read_dreams(path, path.with_name("Hypnogram_excerpt1.txt"))


def test_dreams_without_a_hypnogram_is_named(tmp_path: Path) -> None:
    _write_dreams(tmp_path).with_name("Hypnogram_excerpt1.txt").unlink()
    with pytest.raises(DataNotFoundError, match=r"expected Hypnogram_excerpt1\.txt"):
        find_nights(str(tmp_path), "development", None)


def test_stored_nights_are_of_subjects(tmp_path: Path) -> None:
    for name in ("a_1", "a_2", "b_1", "c_1"):
        _write_night(tmp_path / f"{name}.npz")
    found = [find_nights(str(tmp_path), part, None) for part in ("development", "test")]
    subjects = [{night.subject for night in nights} for nights in found]  # type: ignore[union-attr]
    assert not subjects[0] & subjects[1]
    assert subjects[0] | subjects[1] == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"hypnogram": np.zeros(3)}, "the hypnogram has 3 epochs, the signal 4 of 30 s"),
        ({"hypnogram": np.array([0, 1, 2, 7])}, "hypnogram holds 7; allowed is -1 to 4"),
        ({"signal": np.zeros(6000)}, r"signal has shape \(6000,\)"),
    ],
)
def test_nights_that_contradict_themselves(
    tmp_path: Path, arrays: dict[str, object], message: str
) -> None:
    _write_night(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_night(tmp_path / "a.npz", "a")


def _write_table(path: Path, **arrays: object) -> None:
    everything = {
        "X": np.random.default_rng(0).standard_normal((40, 3)),
        "y": np.arange(40) % 5,
        "subject": np.arange(40) // 10,
        "night": np.ones(40),
    } | arrays
    np.savez(path, **everything)


def test_a_table_of_features_is_split_by_subject(tmp_path: Path) -> None:
    _write_table(tmp_path / "features.npz")
    development = find_nights(str(tmp_path), "development", None)
    test = find_nights(str(tmp_path / "features.npz"), "test", None)
    assert isinstance(development, FeatureNights)
    assert isinstance(test, FeatureNights)
    assert not set(development.subjects) & set(test.subjects)
    assert len(development.labels) + len(test.labels) == 40


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.zeros(39)}, r"y has shape \(39,\); expected \(40,\)"),
        ({"y": np.full(40, 5)}, "y holds 5; allowed is 0 to 4"),
        ({"X": np.full((40, 3), np.nan)}, "row 0 of X is not finite in column 0"),
    ],
)
def test_tables_that_contradict_themselves(
    tmp_path: Path, arrays: dict[str, object], message: str
) -> None:
    _write_table(tmp_path / "features.npz", **arrays)
    with pytest.raises(DataError, match=message):
        find_nights(str(tmp_path), "development", None)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match="no such file or folder"):
        find_nights(str(tmp_path / "nothing"), "development", None)
    with pytest.raises(DataNotFoundError, match="holds no nights"):
        find_nights(str(tmp_path), "development", None)


@pytest.mark.real_data
@pytest.mark.skipif(not DREAMS.is_dir(), reason=f"the DREAMS excerpts are not at {DREAMS}")
def test_dreams_itself() -> None:
    nights = [
        night.read()
        for part in ("development", "test")
        for night in find_nights(str(DREAMS), part, None)  # type: ignore[union-attr,arg-type]
    ]
    assert sorted(night.sfreq_hz for night in nights) == [50.0, 100.0, 200.0, 200.0]
    assert all(len(night.hypnogram) == 60 for night in nights)
    assert all(5e-6 < night.signal.std() < 100e-6 for night in nights)
