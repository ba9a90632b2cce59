from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.components.autoreject.recordings import find_recordings, read_epochs
from trial_runner.errors import DataError, UsageError

CHANNELS = np.array(["Fz", "Cz"])


def _write(path: Path, **arrays: object) -> None:
    everything = {
        "signal": 1e-5 * np.random.default_rng(0).standard_normal((6, 2, 50)),
        "channels": CHANNELS,
        "sfreq_hz": np.array(50.0),
    } | arrays
    np.savez(path, **{name: value for name, value in everything.items() if value is not None})


def test_a_folder_holds_one_subject_a_file(tmp_path: Path) -> None:
    for name in "abcd":
        _write(tmp_path / f"{name}.npz", bad_epochs=np.arange(6) < 2)
    development = find_recordings(str(tmp_path), "", "development", None)
    test = find_recordings(str(tmp_path), "", "test", None)
    assert sorted(one.subject for one in development + test) == list("abcd")
    assert not {one.key for one in development} & {
        "",
    }
    epochs = test[0].read()
    assert epochs.signal.shape == (6, 2, 50)
    assert epochs.bad_epochs is not None
    assert epochs.bad_epochs.sum() == 2
    assert epochs.bad_channels is None


def test_simulated_subjects_differ_and_repeat() -> None:
    one, two = find_recordings("simulation:subjects=3,epochs=10", "", "development", None)
    assert one.key != two.key
    np.testing.assert_array_equal(one.read().signal, one.read().signal)
    assert (one.read().signal != two.read().signal).any()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"sfreq_hz": None}, "lacks the array sfreq_hz"),
        ({"channels": np.array(["Fz"])}, r"signal has shape \(6, 2, 50\)"),
        ({"bad_epochs": np.zeros(5)}, r"bad_epochs has shape \(5,\); expected \(6,\)"),
        ({"bad_channels": np.zeros((6, 3))}, r"bad_channels has shape \(6, 3\)"),
    ],
)
def test_files_that_contradict_themselves(
    tmp_path: Path, arrays: dict[str, object], message: str
) -> None:
    _write(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_epochs(tmp_path / "a.npz")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(DataError, match=r"a\.npz cannot be read"):
        read_epochs(tmp_path / "a.npz")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"neither dataset\.yaml nor \.npz files"):
        find_recordings(str(tmp_path), "", "test", None)


def test_a_wrong_plan_is_named() -> None:
    with pytest.raises(UsageError, match="did you mean epochs"):
        find_recordings("simulation:epoch=3", "", "test", None)
